import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denialOf, text } from '../http/testing.ts';
import { indexFields } from './field-index.ts';
import { queryOfMessage, readQuery, saysTheSame, writeQuery } from './query.ts';
import type { FieldUse } from './types.ts';

const fields = indexFields([
  text('run_id', { policy: { class: 'reference', kind: 'run', workspaces: 'upstream' } }),
  text('filter'),
  text('order_by', { repeated: true }),
  { name: 'max_results', type: 'int64', policy: { class: 'opaque' } },
  { name: 'deep', type: 'boolean', policy: { class: 'opaque' } },
  { name: 'view', type: 'enum', values: ['ALL', 'ACTIVE_ONLY'], policy: { class: 'opaque' } },
]);
const read = (raw: string): { query: ReturnType<typeof readQuery>; uses: FieldUse[] } => {
  const uses: FieldUse[] = [];
  return { query: readQuery(raw, fields, uses), uses };
};

describe('readQuery', () => {
  it('writes again what it read, whatever the value', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }),
        (filter, order) => {
          const raw = new URLSearchParams([
            ['filter', filter],
            ...order.map((o) => ['order_by', o]),
          ]).toString();
          const { query } = read(raw);
          const written = new URLSearchParams(writeQuery(query));
          expect(written.get('filter')).toBe(new URLSearchParams(raw).get('filter'));
          expect(written.getAll('order_by')).toEqual(new URLSearchParams(raw).getAll('order_by'));
          expect(writeQuery(read(writeQuery(query)).query)).toBe(writeQuery(query));
        },
      ),
    );
  });

  it('sees a reference through its encoding and writes the plain name', () => {
    const { query, uses } = read('run%5Fid=ab%31');
    expect(uses).toEqual([
      { policy: { class: 'reference', kind: 'run', workspaces: 'upstream' }, at: 'run_id', value: 'ab1' },
    ]);
    expect(writeQuery(query)).toBe('run_id=ab1');
  });

  it.each([
    ['a second value', 'run_id=a&run_id=b', 'malformed_query'],
    ['a second value under another spelling', 'run_id=a&run%5fid=b', 'malformed_query'],
    ['an unknown name', 'run_uuid=a', 'unknown_field'],
    ['camelCase', 'runId=a', 'unknown_field'],
    ['an empty pair', 'run_id=a&&deep=true', 'malformed_query'],
    ['a nameless value', '=a', 'malformed_query'],
    ['a broken escape', 'run_id=%zz', 'malformed_query'],
    ['broken UTF-8', 'run_id=%ff', 'malformed_query'],
    ['an integer with a sign', 'max_results=+1', 'invalid_field'],
    ['an integer in other digits', 'max_results=%D9%A3', 'invalid_field'],
    ['an integer with leading zeros', 'max_results=007', 'invalid_field'],
    ['an unknown enum value', 'view=all', 'invalid_field'],
    ['a word for a boolean', 'deep=yes', 'invalid_field'],
  ])('refuses %s', (_, raw, reason) => {
    expect(denialOf(() => read(raw)).reason).toBe(reason);
  });

  it("reads Python's True and False", () => {
    expect(writeQuery(read('deep=True').query)).toBe('deep=true');
  });
});

const messageFields = indexFields(
  [
    text('run_id', { older: 'run_uuid' }),
    text('run_uuid'),
    text('name'),
    { name: 'max_results', type: 'int64', policy: { class: 'opaque' } },
    { name: 'deep', type: 'boolean', policy: { class: 'opaque' } },
    {
      name: 'view',
      type: 'enum',
      values: ['ACTIVE_ONLY', 'ALL'],
      numbers: [1, 3],
      policy: { class: 'opaque' },
    },
    text('order_by', { repeated: true }),
  ],
  true,
);

describe('a query that protobuf parses', () => {
  it.each([
    ['view=3', 'view=ALL'],
    ['max_results=5.0', 'max_results=5'],
    ['max_results=1e3', 'max_results=1000'],
    ['run_uuid=a&run_id=a', 'run_id=a'],
    ['run_uuid=a', 'run_uuid=a'],
  ])('%s is sent as %s', (raw, sent) => {
    expect(writeQuery(readQuery(raw, messageFields, []))).toBe(sent);
  });

  it.each([
    'view=2',
    'view=03',
    'view=%203',
    'view=3.0',
    'max_results=5.5',
    'max_results=1_0',
    'max_results=9223372036854775808',
    'run_uuid=a&run_id=b',
    'run_id=b&run_uuid=',
  ])('%s is refused', (raw) => {
    expect(denialOf(() => readQuery(raw, messageFields, [])).reason).toBe('invalid_field');
  });

  it.each(['run_uuid=a&run_uuid=a', 'max_results=5&max_results=5.0'])(
    '%s is refused as given twice',
    (raw) => {
      expect(denialOf(() => readQuery(raw, messageFields, [])).reason).toBe('malformed_query');
    },
  );
});

describe('the JSON body of a GET request', () => {
  it.each([
    [
      { run_id: 'a b', max_results: 5, deep: true, view: 'ALL' },
      'run_id=a%20b&max_results=5&deep=true&view=ALL',
    ],
    [{ order_by: ['a', 'b'] }, 'order_by=a&order_by=b'],
    [{ order_by: [] }, ''],
    [{ run_uuid: 'a' }, 'run_uuid=a'],
  ])('%j is sent as the query %s', (message, query) => {
    expect(writeQuery(queryOfMessage(message, messageFields, []))).toBe(query);
  });
});

describe('saysTheSame', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'b', false],
    ['5', '5', true],
    [5, '5', true],
    [0.9, '0.90', true],
    [5, '6', false],
    [0, '', false],
    [true, 'true', true],
    [['a', 'b'], ['a', 'b'], true],
    [['a', 'b'], ['b', 'a'], false],
    [['a', 'b'], ['a'], false],
    ['a', ['a'], false],
    [{}, '[object Object]', false],
  ])('%j in the body and %j in the query: %s', (value, text, same) => {
    expect(saysTheSame(value, text)).toBe(same);
  });
});
