/** Words that compare. `IN` stands for `NOT IN` too, `IS` for `IS NULL` and `IS NOT NULL`. */
export type ComparatorWord = 'LIKE' | 'ILIKE' | 'RLIKE' | 'IN' | 'IS';

/**
 * How the filter language of one of MLflow's searches differs from the others. MLflow itself rejects the rest (an unknown
 * attribute, `LIKE` on a metric).
 */
export interface Dialect {
  readonly name: string;
  /**
   * Whether its filters can name tags. `bare`: only by keys without quotes, because it reads the quotes as a part of the key and
   * silently finds nothing.
   */
  readonly tags: 'quoted' | 'bare' | 'none';
  /** The quotes that a key may have. MLflow reads them all alike; the gateway writes backticks. */
  readonly keyQuotes: readonly ('`' | '"' | "'")[];
  /** Words after which MLflow removes the quotes of a key. After others they become a part of an attribute. */
  readonly quotedBehind: RegExp;
  /** The quotes that an attribute by itself may have; the gateway drops them. */
  readonly attributeQuotes: readonly ('`' | '"')[];
  /** Whether the part before a key may have backticks: `` `attributes`.start_time ``. The gateway drops them. */
  readonly quotedEntities: boolean;
  /** Whether `"..."` is a value. If not, MLflow reads the quotes as a part of it and silently finds nothing. */
  readonly doubleQuotedValues: boolean;
  readonly words: readonly ComparatorWord[];
  /** Paths of several words after which a key may be quoted: ``span.attributes.`my key` ``. */
  readonly nestedKeys: readonly string[];
  /**
   * Tag keys, in lower case, that mean something else in this search: `tags.name` on traces compares the name of the trace, which
   * callers choose.
   */
  readonly renamedKeys: readonly string[];
  /** A filter has one comparison, and the search takes a list of filters: the tenant's clause is one of its own. */
  readonly single: boolean;
  /** The path before the key of a tag. */
  readonly tagPath: readonly string[];
  /**
   * First words of comparisons that depend on other items too: on traces, feedback on any trace of the same session counts, and
   * callers choose the name of a session. In a shared experiment that would ask about another tenant's traces.
   */
  readonly reachesFurther: readonly string[];
}

const USUAL = {
  tags: 'quoted',
  keyQuotes: ['`', '"', "'"],
  // MLflow rejects capitals.
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
  { ...USUAL, ...GENERAL, name: 'skills' },
  { ...USUAL, ...GENERAL, name: 'skill-versions' },
];

/**
 * The dialects that the catalog names (`filter:<name>`), as MLflow 3.18.0 reads them; older versions accept less and say so. e2e/filters/parsers.test.ts holds the table against a real MLflow.
 *
 * https://github.com/mlflow/mlflow/blob/master/mlflow/utils/search_utils.py
 */
export const DIALECTS: ReadonlyMap<string, Dialect> = new Map(
  TABLE.map((dialect) => [dialect.name, dialect]),
);
