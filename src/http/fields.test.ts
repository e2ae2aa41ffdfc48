import { describe, expect, it } from 'vitest';
import type { Field } from '../catalog/types.ts';
import { type FieldUse, indexFields, readMessage } from './fields.ts';
import { parseJson } from './json.ts';
import { denialOf, text } from './testing.ts';

const reference = { class: 'reference', kind: 'run', workspaces: 'upstream' } as const;
const tagKey = { class: 'tag-key', kind: 'run' } as const;
const shape: readonly Field[] = [
  text('run_id', { policy: reference }),
  text('ids', { policy: reference, repeated: true }),
  { name: 'step', type: 'int64', policy: { class: 'opaque' } },
  { name: 'value', type: 'double', policy: { class: 'opaque' } },
  { name: 'on', type: 'boolean', policy: { class: 'opaque' } },
  { name: 'view', type: 'enum', values: ['ALL'], policy: { class: 'opaque' } },
  { name: 'at', type: 'timestamp', policy: { class: 'opaque' } },
  { name: 'for', type: 'duration', policy: { class: 'opaque' } },
  { name: 'raw', type: 'bytes', policy: { class: 'opaque' } },
  { name: 'free', type: 'any', policy: { class: 'opaque' } },
  { name: 'tags', type: 'object', repeated: true, fields: [text('key', { policy: tagKey }), text('value')] },
  { name: 'map', type: 'map', policy: tagKey, fields: [text('*')] },
];
const fields = indexFields(shape);
const read = (body: string): { sent: unknown; uses: FieldUse[] } => {
  const uses: FieldUse[] = [];
  return { sent: readMessage(parseJson(Buffer.from(body)), fields, '', uses), uses };
};

describe('readMessage', () => {
  it('collects every tenancy-bearing value with its place', () => {
    const { uses } = read('{"run_id":"a","ids":["b","c"],"tags":[{"key":"k","value":"v"}],"map":{"m":"x"}}');
    expect(uses.map(({ at, value }) => [at, value])).toEqual([
      ['run_id', 'a'],
      ['ids', 'b'],
      ['ids', 'c'],
      ['tags.key', 'k'],
      ['map', 'm'],
    ]);
  });

  it('leaves nulls out, as protobuf reads them', () => {
    expect(read('{"run_id":null,"step":1}').sent).toEqual({ step: 1 });
  });

  it.each([
    '{"step":12,"value":1.5,"on":true,"view":"ALL"}',
    '{"step":"12","value":"NaN","at":"2026-01-02T03:04:05.678Z","for":"1.5s","raw":"aGk="}',
    '{"free":{"any":["thing",null,{"x":1}]},"value":-0.1}',
    '{"step":9223372036854775807}',
  ])('sends %s as it came', (body) => {
    expect(JSON.stringify(read(body).sent)).toBe(body);
  });

  it.each([
    ['{"runId":"a"}', 'unknown_field'],
    ['{"run_id":"a","RUN_ID":"b"}', 'unknown_field'],
    ['{"__proto__":{"run_id":"a"}}', 'unknown_field'],
    ['{"run_id":1}', 'invalid_field'],
    ['{"run_id":["a"]}', 'invalid_field'],
    ['{"run_id":{}}', 'invalid_field'],
    ['{"ids":"a"}', 'invalid_field'],
    ['{"ids":[null]}', 'invalid_field'],
    ['{"step":1.5}', 'invalid_field'],
    ['{"step":"0x1"}', 'invalid_field'],
    ['{"step":" 3"}', 'invalid_field'],
    ['{"value":"1"}', 'invalid_field'],
    ['{"on":"true"}', 'invalid_field'],
    ['{"on":1}', 'invalid_field'],
    ['{"view":{}}', 'invalid_field'],
    ['{"view":3}', 'invalid_field'],
    ['{"at":"yesterday"}', 'invalid_field'],
    ['{"for":"1"}', 'invalid_field'],
    ['{"raw":"*"}', 'invalid_field'],
    ['{"tags":{"key":"a"}}', 'invalid_field'],
    ['{"tags":[{"key":"a","extra":1}]}', 'unknown_field'],
    ['{"map":{"__proto__":"x"}}', 'invalid_field'],
    ['{"map":{"a":1}}', 'invalid_field'],
    ['"{}"', 'invalid_field'],
    ['[]', 'invalid_field'],
  ])('refuses %s', (body, reason) => {
    expect(denialOf(() => read(body)).reason).toBe(reason);
  });

  it('says how a camelCase field is spelt', () => {
    expect(denialOf(() => read('{"runId":"a"}')).message).toBe('Unknown field runId. Write it run_id.');
  });
});

describe('a refusal', () => {
  const refused = (given: unknown): string => {
    try {
      readMessage(
        { name: given },
        indexFields([{ name: 'name', in: 'body', type: 'string' } as never]),
        '',
        [],
      );
      return 'taken';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    [1, ' 1', 'a number'],
    [true, ' true', 'a boolean'],
    [[], '', 'a list'],
    [{}, '', 'an object'],
  ])(
    'names the field, the kind expected and the kind received, in words like MLflow’s: %j',
    (given, shown, kind) => {
      expect(refused(given)).toBe(
        `Invalid value${shown} for parameter 'name' supplied: expected a string, received ${kind}.`,
      );
    },
  );

  it.each([
    ['a secret in place of its map', { secret: 'sk-1' }],
    ['a secret of another kind', { secret: { api_key: 12345 } }],
    ['a text of 101 characters', { ids: 'x'.repeat(101) }],
  ])('does not repeat %s', (_, body) => {
    const fields = indexFields([
      { name: 'secret', type: 'map', fields: [{ name: '*', type: 'string' }] },
      { name: 'ids', type: 'string', repeated: true },
    ]);
    expect(() => readMessage(body, fields, '', [])).toThrow(/^Invalid value for parameter '/);
  });

  it('repeats short text of the wrong kind, without control characters', () => {
    const fields = indexFields([{ name: 'ids', type: 'string', repeated: true }]);
    expect(() => readMessage({ ids: 'a\n"b' }, fields, '', [])).toThrow(
      `Invalid value "a?\\"b" for parameter 'ids' supplied: expected a list, received other text.`,
    );
  });
});
