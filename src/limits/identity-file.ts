import type { Limit } from './limit.ts';

/** Limits of `GW_IDENTITY_FILE` and the table files that it names. */
export const IDENTITY_FILE_LIMITS = {
  identityFile: {
    value: 1024 * 1024,
    unit: 'bytes',
    what: '`GW_IDENTITY_FILE`, and each table file in YAML',
    beyond: 'the file is refused',
  },
  identityTableFile: {
    value: 4 * 1024 * 1024,
    unit: 'bytes',
    what: 'table file of `GW_IDENTITY_FILE` in JSON',
    beyond: 'the file is refused',
  },
  identityDepth: {
    value: 32,
    unit: 'levels',
    what: 'nesting of `GW_IDENTITY_FILE` in YAML',
    beyond: 'the file is refused',
  },
  identityYamlWords: {
    value: 100_000,
    unit: 'items',
    what: 'words, blanks and signs of such a file in YAML: about 5,000 entries of a table',
    beyond: 'the file is refused; JSON is for larger tables',
  },
  identityJsonValues: {
    value: 400_000,
    unit: 'items',
    what: 'values and keys of such a file in JSON',
    beyond: 'the file is refused',
  },
  identityIssuers: {
    value: 16,
    unit: 'items',
    what: 'issuers of tokens',
    beyond: 'the file is refused',
  },
  identityRules: {
    value: 100,
    unit: 'items',
    what: 'grant rules of an issuer',
    beyond: 'the file is refused',
  },
} as const satisfies Record<string, Limit>;
