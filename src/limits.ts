/** A bound on what one caller, or all callers together, can make the gateway do. */
export interface Limit {
  readonly value: number;
  /** How `value` is written in the documentation. */
  readonly unit: 'bytes' | 'characters' | 'items' | 'levels' | 'seconds' | 'milliseconds' | 'times';
  /** What is bounded, as a noun phrase. */
  readonly what: string;
  /** What a caller gets, or what the gateway does, beyond the bound. */
  readonly beyond: string;
  /** The variable that sets it, where one does; `value` is then its default. */
  readonly setting?: string;
}

/**
 * Every bound of the gateway that a caller can meet, in one table: the code reads `value`, and codegen writes the table
 * of limits in SECURITY.md. A bound that is not here is not documented, so put it here.
 *
 * @example
 * if (raw.length > LIMITS.targetLength.value) throw new DenialError('malformed_path', '...');
 */
export const LIMITS = {
  targetLength: {
    value: 16_384,
    unit: 'characters',
    what: 'request target',
    beyond: '400 `malformed_path`',
  },
  // Defaults by class of field: codegen puts them into the catalog, and `bounds` in openapi/policy.overlay.yaml says more
  // or less where a field needs it. They are far above MLflow's own limits (mlflow/utils/validation.py), which answers
  // with its own words; what they keep small is the text that MLflow's parsers, patterns and queries get to see.
  nameLength: {
    value: 1_024,
    unit: 'characters',
    what: 'id, name, key of a tag or key of a map',
    beyond: '400 `invalid_field`',
  },
  pathFieldLength: {
    value: 8_192,
    unit: 'characters',
    what: 'artifact path, file name or URI in a field',
    beyond: '400 `invalid_field`',
  },
  textLength: {
    value: 65_536,
    unit: 'characters',
    what: 'text in any other field, unless its bound in the catalog is another',
    beyond: '400 `invalid_field`',
  },
  documentLength: {
    value: 1_048_576,
    unit: 'characters',
    what: 'JSON in a field that the gateway and MLflow both parse (a scorer, the tags of a dataset)',
    beyond: '400 `invalid_field`',
  },
  storedLength: {
    value: 16_777_216,
    unit: 'characters',
    what: 'text that MLflow only keeps (values of tags and parameters, a dataset profile, what a trace says)',
    beyond: '400 `invalid_field`',
  },
  listItems: {
    value: 1_000,
    unit: 'items',
    what: 'list, unless its bound in the catalog is another',
    beyond: '400 `invalid_field`',
  },
  mapKeys: {
    value: 1_000,
    unit: 'items',
    what: 'map, or free-form body, by its keys',
    beyond: '400 `invalid_field`',
  },
  filterLength: {
    value: 65_536,
    unit: 'characters',
    what: 'search filter',
    beyond: '400 `invalid_field`',
  },
  filterTokens: {
    value: 5_000,
    unit: 'items',
    what: 'search filter, by its words and signs; enough for a list of 2,400 ids',
    beyond: '400 `invalid_field`',
  },
  filterComparisons: {
    value: 60,
    unit: 'items',
    what: 'search filter, by its comparisons; MLflow joins a table for most',
    beyond: '400 `invalid_field`',
  },
  filterWildcards: {
    value: 20,
    unit: 'items',
    what: 'pattern of LIKE or ILIKE in a search filter, by its "%"',
    beyond: '400 `invalid_field`',
  },
  regexLength: {
    value: 256,
    unit: 'characters',
    what: 'pattern of RLIKE in a search filter',
    beyond: '400 `invalid_field`',
  },
  regexChoices: {
    value: 8,
    unit: 'items',
    what: 'pattern of RLIKE in a search filter, by its "|" and "?"',
    beyond: '400 `invalid_field`',
  },
} as const satisfies Record<string, Limit>;
