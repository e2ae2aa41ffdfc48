/** Words that compare. `IN` stands for `NOT IN` too, `IS` for `IS NULL` and `IS NOT NULL`. */
export type ComparatorWord = 'LIKE' | 'ILIKE' | 'RLIKE' | 'IN' | 'IS';

/**
 * How one of MLflow's searches differs from the others, as far as reading and writing its filters goes. What else a
 * search refuses (an unknown attribute, `LIKE` on a metric) MLflow says itself.
 */
export interface Dialect {
  readonly name: string;
  /**
   * Whether its filters can name tags. `bare`: only by keys that need no quotes, since it takes the quotes for a
   * part of the key and silently finds nothing.
   */
  readonly tags: 'quoted' | 'bare' | 'none';
  /** Which quotes a key may have. MLflow reads all alike where it takes several; they are written as backticks. */
  readonly keyQuotes: readonly ('`' | '"' | "'")[];
  /** Words behind which MLflow takes the quotes off a key. Behind others they become a part of an attribute. */
  readonly quotedBehind: RegExp;
  /** Which quotes an attribute that stands alone may have; they are left away. */
  readonly attributeQuotes: readonly ('`' | '"')[];
  /** Whether what a key belongs to may stand in backticks: `` `attributes`.start_time ``. They are left away. */
  readonly quotedEntities: boolean;
  /** Whether `"..."` holds a value. Where not, MLflow takes the quotes for a part of it and silently finds nothing. */
  readonly doubleQuotedValues: boolean;
  readonly words: readonly ComparatorWord[];
  /** Paths of several words after which a key may be quoted: ``span.attributes.`my key` ``. */
  readonly nestedKeys: readonly string[];
  /**
   * Tag keys, in lower case, that this search takes for something else: `tags.name` on traces compares the name of
   * the trace, which callers choose.
   */
  readonly renamedKeys: readonly string[];
  /** A filter has one comparison, and the search takes a list of filters: the tenant's clause is one of its own. */
  readonly single: boolean;
  /** What stands before the key of a tag. */
  readonly tagPath: readonly string[];
  /**
   * First words of comparisons that rest on other items too: on traces, feedback on any trace of the same session
   * counts, and callers choose what a session is called. Where tenants share an experiment that would ask about another's.
   */
  readonly reachesFurther: readonly string[];
}

const USUAL = {
  tags: 'quoted',
  keyQuotes: ['`', '"', "'"],
  // Capitals MLflow refuses.
  quotedBehind: /^[a-z_]+$/,
  attributeQuotes: [],
  quotedEntities: false,
  doubleQuotedValues: true,
  words: ['LIKE', 'ILIKE', 'IN'],
  nestedKeys: [],
  renamedKeys: [],
  single: false,
  tagPath: ['tags'],
  reachesFurther: [],
} as const satisfies Omit<Dialect, 'name'>;

/** Searches that MLflow reads by SearchUtils._get_identifier itself, which takes quotes off either side of the dot. */
const GENERAL = { attributeQuotes: ['`', '"'], quotedEntities: true } as const satisfies Partial<Dialect>;

const TABLE: readonly Dialect[] = [
  { ...USUAL, name: 'experiments', attributeQuotes: ['`', '"'], words: ['LIKE', 'ILIKE', 'IN', 'IS'] },
  {
    ...USUAL,
    ...GENERAL,
    name: 'runs',
    words: ['LIKE', 'ILIKE', 'IN', 'IS'],
    // SearchUtils.translate_key_alias, applied to keys of all kinds
    renamedKeys: ['created', 'run name'],
  },
  { ...USUAL, name: 'registered-models' },
  { ...USUAL, name: 'model-versions' },
  // A parser of its own: mlflow/utils/search_logged_model_utils.py
  {
    ...USUAL,
    name: 'logged-models',
    keyQuotes: ['`'],
    quotedBehind: /^(?:tags|params|metrics)$/,
    attributeQuotes: ['`'],
    doubleQuotedValues: false,
  },
  {
    ...USUAL,
    ...GENERAL,
    name: 'traces',
    words: ['LIKE', 'ILIKE', 'RLIKE', 'IN', 'IS'],
    nestedKeys: ['span.attributes'],
    // SearchTraceUtils._replace_key_to_tag_or_metadata, applied to keys of all kinds but spans'
    renamedKeys: ['name', 'prompt', 'run_id', 'text', 'timestamp', 'execution_time', 'end_time'],
    reachesFurther: ['feedback', 'expectation'],
  },
  {
    ...USUAL,
    name: 'trace-metrics',
    quotedEntities: true,
    words: [],
    single: true,
    tagPath: ['trace', 'tag'],
    nestedKeys: ['trace.tag', 'trace.metadata'],
  },
  { ...USUAL, name: 'evaluation-datasets', tags: 'bare', keyQuotes: [] },
  { ...USUAL, name: 'issues', tags: 'none', keyQuotes: [], words: [] },
  { ...USUAL, ...GENERAL, name: 'mcp-servers' },
  { ...USUAL, ...GENERAL, name: 'mcp-server-versions', tags: 'none' },
  { ...USUAL, ...GENERAL, name: 'mcp-access-endpoints', tags: 'none' },
];

/**
 * The dialects that the catalog names (`filter:<name>`), as MLflow 3.17.2 reads them; older versions understand
 * less and say so. e2e/filters/parsers.test.ts holds the table against a real MLflow.
 *
 * https://github.com/mlflow/mlflow/blob/master/mlflow/utils/search_utils.py
 */
export const DIALECTS: ReadonlyMap<string, Dialect> = new Map(
  TABLE.map((dialect) => [dialect.name, dialect]),
);
