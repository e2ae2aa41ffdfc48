/** How one of MLflow's searches differs from the others, as far as writing a filter goes. */
export interface Dialect {
  readonly name: string;
  /** Whether `"..."` holds a value; on logged models MLflow silently matches nothing. */
  readonly doubleQuotedValues: boolean;
  /** Whether a key may be quoted; on evaluation datasets MLflow silently matches nothing. */
  readonly quotedKeys: boolean;
}

const PLAIN = { doubleQuotedValues: true, quotedKeys: true } as const;

/** The dialects the catalog names (`filter:<dialect>`). */
export const DIALECTS: ReadonlyMap<string, Dialect> = new Map(
  [
    { name: 'experiments', ...PLAIN },
    { name: 'runs', ...PLAIN },
    { name: 'registered-models', ...PLAIN },
    { name: 'model-versions', ...PLAIN },
    { name: 'logged-models', doubleQuotedValues: false, quotedKeys: true },
    { name: 'traces', ...PLAIN },
    { name: 'evaluation-datasets', doubleQuotedValues: true, quotedKeys: false },
  ].map((dialect) => [dialect.name, dialect]),
);
