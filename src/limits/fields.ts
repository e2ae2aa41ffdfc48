import type { Limit } from './limit.ts';

/** Fields of a request: lists, maps, texts, filters, and JSON in text. */
export const FIELD_LIMITS = {
  // Defaults by class of field: codegen puts them into the catalog, and `bounds` in openapi/gateway.yaml sets others for
  // single fields. They are far above MLflow's own limits (mlflow/utils/validation.py), so that MLflow reports those with
  // its own messages. They limit the text that reaches MLflow's parsers, patterns and queries.
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
  numberLength: {
    value: 64,
    unit: 'characters',
    what: 'number that is written as text',
    beyond: '400 `invalid_field`',
  },
  // Protobuf's JSON reader accepts 100 nested messages, and makes two of each level of free-form JSON.
  freeFormDepth: {
    value: 40,
    unit: 'levels',
    what: 'nesting of free-form JSON in a protobuf message',
    beyond: '400 `invalid_field`',
  },
  documentLength: {
    value: 1_048_576,
    unit: 'characters',
    what: 'tags as JSON in a field (those of a dataset)',
    beyond: '400 `invalid_field`',
  },
  storedLength: {
    value: 16_777_216,
    unit: 'characters',
    what: 'text that MLflow only stores (values of tags and parameters, a dataset profile, texts of a trace)',
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
  filterNumber: {
    value: 40,
    unit: 'characters',
    what: 'number in a search filter under `tags`',
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
  scorerText: {
    value: 262_144,
    unit: 'characters',
    what: 'scorer or optimiser, as JSON in text',
    beyond: '400 `invalid_field`',
  },
  scorerEscapes: {
    value: 8,
    unit: 'levels',
    what: 'escapes that stand for escapes, in the text of a scorer or optimiser',
    beyond: '403 `platform_admin_only`',
  },
} as const satisfies Record<string, Limit>;
