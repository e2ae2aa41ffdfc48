import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denialOf } from '../../http/testing.ts';
import type { FieldUse } from '../types.ts';
import { OTLP_JSON, OTLP_PROTOBUF, readOtlp } from './read.ts';
import { field } from './testing/wire.ts';

const TAGS = {
  prefix: 'mlflow.traceTag.',
  kind: 'trace',
  idPrefix: 'tr-',
  idAttribute: 'mlflow.traceRequestId',
};
const TRACE = '0123456789abcdef0123456789abcdef';
const SPAN = '0123456789abcdef';

const read = (bytes: Uint8Array, type = OTLP_PROTOBUF): { out: Buffer; uses: FieldUse[] } => {
  const uses: FieldUse[] = [];
  return { out: readOtlp(bytes, type, TAGS, uses), uses };
};
const json = (value: unknown) => read(Buffer.from(JSON.stringify(value)), OTLP_JSON);
const attribute = (key: string, stringValue = 'v') => ({ key, value: { stringValue } });
const request = (span: object = {}, rest: object = {}) => ({
  resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: TRACE, spanId: SPAN, ...span }] }], ...rest }],
});
const keys = (uses: readonly FieldUse[]): string[] =>
  uses.filter(({ policy }) => policy.class === 'tag-key').map(({ value }) => value);

describe('readOtlp', () => {
  it('writes JSON as the equivalent protobuf', () => {
    const { out } = json(request({ name: 'n', startTimeUnixNano: '1', attributes: [attribute('a', 'b')] }));
    // https://protobuf.dev/programming-guides/encoding/, by hand
    const span = `0a10${TRACE}1208${SPAN}2a016e39${'01'.padEnd(16, '0')}4a08${'0a0161'}1203${'0a0162'}`;
    const wrap = (tag: string, hex: string): string =>
      tag + (hex.length / 2).toString(16).padStart(2, '0') + hex;
    expect(out.toString('hex')).toBe(wrap('0a', wrap('12', wrap('12', span))));
  });

  it('reads its own output to the same bytes', () => {
    const { out } = json(
      request({
        attributes: [
          attribute('a'),
          { key: 'deep', value: { arrayValue: { values: [{ boolValue: true }] } } },
        ],
        events: [{ name: 'e', attributes: [attribute('b')] }],
        links: [{ traceId: TRACE, spanId: SPAN }],
        status: { code: 2, message: 'm' },
      }),
    );
    expect(read(out).out.equals(out)).toBe(true);
  });

  it('accepts 64-bit integers as text and as numbers, exactly', () => {
    const text = json(request({ startTimeUnixNano: '1700000000000000001' }));
    const body = JSON.stringify(request({ startTimeUnixNano: 0 })).replace(
      '"startTimeUnixNano":0',
      '"startTimeUnixNano":1700000000000000001',
    );
    expect(read(Buffer.from(body), OTLP_JSON).out.equals(text.out)).toBe(true);
  });

  it.each([
    ['of a span', request({ attributes: [attribute('mlflow.traceTag.x')] })],
    ['of an event', request({ events: [{ attributes: [attribute('mlflow.traceTag.x')] }] })],
    [
      'of a link',
      request({ links: [{ traceId: TRACE, spanId: SPAN, attributes: [attribute('mlflow.traceTag.x')] }] }),
    ],
  ])('records the tag in an attribute %s', (_, body) => {
    const { uses } = json(body);
    expect(uses.filter(({ policy }) => policy.class !== 'new-name')).toEqual([
      { policy: { class: 'tag-key', kind: 'trace' }, at: 'attributes', value: 'x' },
      { policy: { class: 'tag-value', kind: 'trace' }, at: 'attributes', value: 'v' },
    ]);
  });

  it('records every attribute of a resource as a tag of the same key', () => {
    const { uses } = json(
      request({}, { resource: { attributes: [attribute('tenant'), attribute('mlflow.traceTag.x')] } }),
    );
    expect(keys(uses)).toEqual(expect.arrayContaining(['tenant', 'x']));
  });

  it('records a tag in the snake_case that protobuf’s JSON also accepts, with ids in base64', () => {
    const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
    const span = {
      trace_id: base64(TRACE),
      span_id: base64(SPAN),
      attributes: [attribute('mlflow.traceTag.x')],
    };
    const { uses, out } = json({ resource_spans: [{ scope_spans: [{ spans: [span] }] }] });
    expect(keys(uses)).toEqual(['x']);
    expect(keys(read(out).uses)).toEqual(['x']);
  });

  it('records the trace of each span, and no other attributes', () => {
    const { uses } = json(request({ attributes: [attribute('note'), attribute('mlflow.traceTags')] }));
    expect(uses).toEqual([
      { policy: { class: 'new-name', kind: 'trace' }, at: 'traceId', value: `tr-${TRACE}` },
    ]);
  });

  it('accepts a trace attribute only if it equals the trace of the span', () => {
    const named = (...values: string[]) =>
      json(request({ attributes: values.map((value) => attribute('mlflow.traceRequestId', value)) }));
    const own = `tr-${TRACE}`;
    expect(named(own, JSON.stringify(own)).uses).toHaveLength(1);
    for (const other of [`tr-${TRACE.replace('0', '1')}`, '', `"tr-\\u0030${TRACE.slice(1)}"`])
      expect(denialOf(() => named(own, other)).reason, other).toBe('invalid_field');
    const number = { key: 'mlflow.traceRequestId', value: { intValue: '1' } };
    expect(denialOf(() => json(request({ attributes: [number] }))).reason).toBe('invalid_field');
    expect(denialOf(() => json(request({ attributes: [{ key: number.key }] }))).reason).toBe('invalid_field');
  });

  it('drops unknown fields', () => {
    const known = json(request({ name: 'n' })).out;
    expect(json(request({ name: 'n', later: { x: 1 } })).out.equals(known)).toBe(true);
    const unknownField = Buffer.from('f23f0161', 'hex');
    expect(read(Buffer.concat([known, unknownField])).out.equals(known)).toBe(true);
  });

  it('merges a field that occurs twice, as protobuf does', () => {
    const half = json(request({ attributes: [attribute('mlflow.traceTag.x')] })).out;
    expect(keys(read(Buffer.concat([half, half])).uses)).toEqual(['x', 'x']);
  });

  it.each([
    ['a short trace id', { traceId: '0123' }],
    ['a long trace id', { traceId: `00${TRACE}` }],
    ['no trace id', { traceId: undefined }],
    ['a long span id', { spanId: `${SPAN}00` }],
    ['a short parent', { parentSpanId: '01' }],
    ['a link to a short id', { links: [{ traceId: '01', spanId: SPAN }] }],
  ])('refuses %s', (_, span) => {
    expect(denialOf(() => json(request(span))).reason).toBe('invalid_field');
  });

  it.each([
    ['an id that is not hexadecimal', JSON.stringify(request({ traceId: 'zz'.repeat(16) }))],
    ['an id in base64', JSON.stringify(request({ traceId: 'AAAAAAAAAAAAAAAAAAAAAA==' }))],
    ['an id that is a list', JSON.stringify(request({ traceId: [TRACE] }))],
    ['spans that are not a list', '{"resourceSpans":[{"scopeSpans":[{"spans":{}}]}]}'],
    ['a wrong type', JSON.stringify(request({ name: 5 }))],
    ['no object', '[]'],
    ['a key given twice', '{"resourceSpans":[],"resourceSpans":[]}'],
    ['no JSON', '{'],
    ['null', 'null'],
  ])('refuses JSON with %s', (_, body) => {
    expect(denialOf(() => read(Buffer.from(body), OTLP_JSON)).reason).toBe('malformed_body');
  });

  it('refuses endless nesting', () => {
    let value: Buffer = Buffer.from('0a0178', 'hex');
    for (let i = 0; i < 5_000; i++) value = field(0x2a, field(0x0a, value));
    const span = field(0x0a, field(0x12, field(0x12, field(0x4a, field(0x12, value)))));
    expect(denialOf(() => read(span)).reason).toBe('malformed_body');
  });

  it('refuses or reads any bytes, and its output has the same tags', () => {
    const start = json(request({ attributes: [attribute('mlflow.traceTag.x'), attribute('y')] })).out;
    const damaged = fc
      .tuple(fc.nat(start.length - 1), fc.uint8Array({ maxLength: 6 }), fc.nat(4))
      .map(([at, bytes, drop]) => Buffer.concat([start.subarray(0, at), bytes, start.subarray(at + drop)]));
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        let first: ReturnType<typeof read>;
        try {
          first = read(bytes);
        } catch (error) {
          expect(['malformed_body', 'invalid_field']).toContain((error as { reason: string }).reason);
          return;
        }
        const second = read(first.out);
        expect(second.out.equals(first.out)).toBe(true);
        expect(second.uses).toEqual(first.uses);
      }),
      { numRuns: 3_000 },
    );
  });
});
