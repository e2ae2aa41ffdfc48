/** One comparison of a filter, understood. A filter is a list of them joined by AND; MLflow has nothing else. */
export type Clause =
  | { readonly left: Identifier; readonly op: Sign | Pattern; readonly value: Value }
  | { readonly left: Identifier; readonly op: 'IN' | 'NOT IN'; readonly values: readonly string[] }
  | { readonly left: Identifier; readonly op: 'IS NULL' | 'IS NOT NULL' };

export type Sign = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type Pattern = 'LIKE' | 'ILIKE' | 'RLIKE';

/** What stands on the left: `status`, `metrics.rmse`, `tags.mlflow.user`, ``tags.`my key` ``. */
export interface Identifier {
  /** The words before a quoted key, or all of them. */
  readonly path: readonly string[];
  /** The last part where it was quoted, without the quotes. */
  readonly quoted?: string;
}

/** A quoted value, or a number as it was written (MLflow compares some of those as text). */
export type Value = { readonly text: string } | { readonly number: string };
