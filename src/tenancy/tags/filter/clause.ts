/** One comparison of a filter, understood. Filters are lists of clauses joined by AND; MLflow has nothing else. */
export type Clause =
  | { readonly left: Identifier; readonly op: Comparator; readonly value: Value }
  | { readonly left: Identifier; readonly op: 'IN' | 'NOT IN'; readonly values: readonly Value[] }
  | { readonly left: Identifier; readonly op: 'IS NULL' | 'IS NOT NULL' };

export type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'ILIKE' | 'RLIKE';

export interface Identifier {
  /** `tags`, `metrics`, `params`, `attributes` ...; absent for a bare attribute (`status`). */
  readonly entity?: string;
  readonly key: string;
  /** How the key was quoted: MLflow's dialects do not treat all spellings alike, so the caller's is kept. */
  readonly quote: '' | '`' | '"';
}

export type Value = { readonly text: string } | { readonly number: string };
