import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ambiguousNames, fieldsOf, opaqueNameProblems } from './opaque-names.ts';
import { type Policy, type PolicyEntry, parsePolicy, policyFiles } from './read.ts';

const real = parsePolicy(policyFiles(join(import.meta.dirname, '../..')));

const entry = (id: string, fields: Record<string, string>): PolicyEntry => ({
  id,
  file: 'openapi/policy/runs.yaml',
  policy: { fields },
});
const policy = (opaqueNames: Record<string, string>): Policy => ({
  ...real,
  entries: [
    entry('logMetric', { run_id: 'reference:run', key: 'opaque', value: 'opaque' }),
    entry('setTag', { run_id: 'reference:run', 'tags[].key': 'tag-key:run', 'tags[].note': 'opaque' }),
  ],
  opaqueNames,
});

describe('ambiguousNames', () => {
  it('finds the names that are opaque in one operation and classified in another, at any depth', () => {
    const { entries } = policy({});
    expect([...ambiguousNames(fieldsOf(entries))]).toEqual([
      [
        'key',
        [
          { operation: 'logMetric', place: 'key', form: 'opaque' },
          { operation: 'setTag', place: 'tags[].key', form: 'tag-key:run' },
        ],
      ],
    ]);
  });
});

describe('opaqueNameProblems', () => {
  it('accepts a reason for each such name, as in the real policy', () => {
    expect(opaqueNameProblems(policy({ key: 'The key of a metric.' }))).toEqual([]);
    expect(opaqueNameProblems(real)).toEqual([]);
    expect(Object.keys(real.opaqueNames).length).toBeGreaterThan(5);
  });

  it('reports a missing reason and a stale one together', () => {
    expect(opaqueNameProblems(policy({ path: 'A path.', constructor: 'A name.' }))).toEqual([
      'openapi/opaque-names.yaml: key: a reason is missing: it is opaque in logMetric and tag-key:run in setTag',
      'openapi/opaque-names.yaml: path: no field of this name is both opaque and classified',
      'openapi/opaque-names.yaml: constructor: no field of this name is both opaque and classified',
    ]);
  });
});
