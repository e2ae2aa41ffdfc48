import { describe, expect, it } from 'vitest';
import type { Field } from '../catalog/types.ts';
import { denialOf, text } from '../http/testing.ts';
import { indexFields } from './field-index.ts';
import { readMessage } from './fields.ts';
import { parseJson } from './json/parse.ts';
import type { FieldUse } from './types.ts';

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
/** The same and more, as protobuf parses it. */
const messageFields = indexFields(
  [
    ...shape.map((field) => {
      if (field.name === 'view') return { ...field, values: ['ACTIVE_ONLY', 'ALL'], numbers: [1, 3] };
      return field.name === 'run_id' ? { ...field, older: 'run_uuid' } : field;
    }),
    {
      name: 'views',
      type: 'enum',
      values: ['ACTIVE_ONLY', 'ALL'],
      numbers: [1, 3],
      repeated: true,
      policy: { class: 'opaque' },
    },
    { name: 'small', type: 'int32', policy: { class: 'opaque' } },
    { name: 'count', type: 'int64', unsigned: true, policy: { class: 'opaque' } },
    { name: 'weight', type: 'double', single: true, policy: { class: 'opaque' } },
    text('one', { oneof: 'group' }),
    text('other', { oneof: 'group' }),
  ],
  true,
);
const read = (body: string, index = fields): { sent: unknown; uses: FieldUse[] } => {
  const uses: FieldUse[] = [];
  return { sent: readMessage(parseJson(Buffer.from(body)), index, '', uses), uses };
};

describe('readMessage', () => {
  it('records every value that bears on tenancy with its location', () => {
    const { uses } = read('{"run_id":"a","ids":["b","c"],"tags":[{"key":"k","value":"v"}],"map":{"m":"x"}}');
    expect(uses.map(({ at, value }) => [at, value])).toEqual([
      ['run_id', 'a'],
      ['ids', 'b'],
      ['ids', 'c'],
      ['tags.key', 'k'],
      ['map', 'm'],
    ]);
  });

  it('drops nulls, as protobuf does', () => {
    expect(read('{"run_id":null,"step":1}').sent).toEqual({ step: 1 });
    expect(read('{"run_id":null,"step":"1"}', messageFields).sent).toEqual({ step: 1 });
  });

  describe('where null differs from an absent field', () => {
    const nullable = { nullable: true } as const;
    const clearable = indexFields(
      [
        text('description', nullable),
        text('run_id', { policy: reference, ...nullable }),
        text('ids', { policy: reference, repeated: true, ...nullable }),
        { name: 'step', type: 'int64', policy: { class: 'opaque' }, ...nullable },
        text('name'),
        text('names', { repeated: true }),
        { name: 'free', type: 'any', policy: { class: 'opaque' } },
        {
          name: 'icons',
          type: 'object',
          repeated: true,
          ...nullable,
          fields: [text('src'), text('theme', nullable), text('key', { policy: tagKey })],
        },
        { name: 'options', type: 'map', policy: tagKey, ...nullable, fields: [text('*', nullable)] },
        { name: 'labels', type: 'map', policy: { class: 'opaque' }, fields: [text('*')] },
      ],
      false,
      true,
    );

    it.each([
      '{"description":null}',
      '{"run_id":null}',
      '{"ids":null}',
      '{"step":null,"description":"d"}',
      '{"icons":null}',
      '{"icons":[{"src":"a","theme":null}]}',
      '{"options":null}',
      '{"labels":{}}',
      '{"free":null}',
      '{"free":[null,{"a":null}]}',
    ])('sends %s as it is, and records no use', (body) => {
      const { sent, uses } = read(body, clearable);
      expect(JSON.stringify(sent)).toBe(body);
      expect(uses).toEqual([]);
    });

    it('sends null as the value of a key, which it records', () => {
      const { sent, uses } = read('{"options":{"k":null}}', clearable);
      expect(sent).toEqual({ options: { k: null } });
      expect(uses.map(({ value }) => value)).toEqual(['k']);
    });

    it.each([
      ['{"name":null}', "for parameter 'name' supplied: expected a string, received null"],
      ['{"names":null}', "for parameter 'names' supplied: expected a list, received null"],
      ['{"names":["a",null]}', "for parameter 'names' supplied: expected a string, received null"],
      ['{"ids":[null]}', "for parameter 'ids' supplied: expected a string, received null"],
      ['{"icons":[null]}', "for parameter 'icons' supplied: expected a JSON object, received null"],
      ['{"icons":[{"src":null}]}', "for parameter 'icons.src' supplied: expected a string, received null"],
      ['{"icons":[{"key":null}]}', "for parameter 'icons.key' supplied: expected a string, received null"],
      ['{"labels":null}', "for parameter 'labels' supplied: expected a JSON object, received null"],
    ])('refuses %s, which names no value', (body, message) => {
      const { reason, message: given } = denialOf(() => read(body, clearable));
      expect(reason).toBe('invalid_field');
      expect(given).toContain(message);
    });
  });

  it.each([
    ['{"view":3}', '{"view":"ALL"}'],
    ['{"view":3.0}', '{"view":"ALL"}'],
    ['{"view":"3"}', '{"view":"ALL"}'],
    ['{"views":[1,"3","ALL"]}', '{"views":["ACTIVE_ONLY","ALL","ALL"]}'],
    ['{"step":"12"}', '{"step":12}'],
    ['{"step":"12.0"}', '{"step":12}'],
    ['{"step":12.0}', '{"step":12}'],
    ['{"step":"1.7e12"}', '{"step":1700000000000}'],
    ['{"step":"-0.0"}', '{"step":0}'],
    ['{"step":"9223372036854775807"}', '{"step":9223372036854775807}'],
    ['{"value":"0.90"}', '{"value":0.9}'],
    ['{"value":"-1e-3"}', '{"value":-0.001}'],
    ['{"run_id":"a","run_uuid":"a"}', '{"run_id":"a"}'],
    ['{"run_uuid":"a","run_id":"a"}', '{"run_id":"a"}'],
    ['{"run_id":"a","run_uuid":null}', '{"run_id":"a"}'],
  ])('writes %s as %s if protobuf parses it', (body, sent) => {
    expect(JSON.stringify(read(body, messageFields).sent)).toBe(sent);
  });

  it.each([
    // Out of range, of two readings, or what only Python's int() and float() take.
    '{"view":4}',
    '{"view":-1}',
    '{"view":"03"}',
    '{"view":" 3"}',
    '{"view":"3.0"}',
    '{"view":3.5}',
    '{"view":true}',
    '{"view":"all"}',
    '{"views":3}',
    '{"step":"1700000000000.5"}',
    '{"step":1700000000000.5}',
    '{"step":"9007199254740993.0"}',
    '{"step":"5.00000000000000000001"}',
    '{"step":"1_0"}',
    '{"step":"+1"}',
    '{"step":"007"}',
    '{"step":"\\u0663"}',
    '{"step":"1\\n"}',
    '{"step":true}',
    '{"step":""}',
    '{"step":"9223372036854775808"}',
    '{"step":-9223372036854775809}',
    '{"small":2147483648}',
    '{"count":-1}',
    '{"value":"inf"}',
    '{"value":"nan"}',
    '{"value":"1e999"}',
    '{"value":" 1"}',
    '{"value":"0x1"}',
    '{"value":""}',
    '{"value":true}',
    '{"weight":1e39}',
    '{"weight":1000000000000000000000000000000000000000}',
    `{"value":"0.${'1'.repeat(63)}"}`,
    '{"run_id":"a","run_uuid":"b"}',
    '{"run_id":1,"run_uuid":1}',
    // Each of these is a parse error to protobuf, which drops whatever key follows.
    '{"at":"2026-02-30T00:00:00Z"}',
    '{"at":"2026-01-01T24:00:00Z"}',
    '{"at":"9999-12-31T23:59:59-01:00"}',
    '{"for":"999999999999s"}',
    '{"raw":"a"}',
    `{"free":${'['.repeat(41)}${']'.repeat(41)}}`,
    '{"one":"a","other":"b"}',
  ])('refuses %s if protobuf parses it', (body) => {
    expect(denialOf(() => read(body, messageFields)).reason).toBe('invalid_field');
  });

  it('refuses the older name of a field without the current one if MLflow does not know it, and names the current one', () => {
    expect(denialOf(() => read('{"run_uuid":"a"}', messageFields))).toMatchObject({
      reason: 'unknown_field',
      message: 'Unknown field run_uuid. Write it run_id.',
    });
  });

  it('records a reference that is given by both names once', () => {
    expect(read('{"run_uuid":"a","run_id":"a"}', messageFields).uses).toEqual([
      { policy: reference, at: 'run_id', value: 'a' },
    ]);
  });

  it('treats null as an absent member of a oneof', () => {
    expect(read('{"one":"a","other":null}', messageFields).sent).toEqual({ one: 'a' });
  });

  it.each([
    '{"step":12,"value":1.5,"on":true,"view":"ALL"}',
    '{"step":"12","value":"NaN","at":"2026-01-02T03:04:05.678Z","for":"1.5s","raw":"aGk="}',
    '{"free":{"any":["thing",null,{"x":1}]},"value":-0.1}',
    '{"step":9223372036854775807}',
  ])('sends %s unchanged', (body) => {
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

  it('suggests the snake_case spelling of a camelCase field', () => {
    expect(denialOf(() => read('{"runId":"a"}')).message).toBe('Unknown field runId. Write it run_id.');
  });
});

describe('a denial', () => {
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

  it('repeats short text of the wrong kind without control characters', () => {
    const fields = indexFields([{ name: 'ids', type: 'string', repeated: true }]);
    expect(() => readMessage({ ids: 'a\n"b' }, fields, '', [])).toThrow(
      `Invalid value "a?\\"b" for parameter 'ids' supplied: expected a list, received other text.`,
    );
  });
});
