import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denialOf, fastest, heapGrowth } from '../../http/testing.ts';
import { LIMITS } from '../../limits.ts';
import { EXPORT_REQUEST } from './messages.ts';
import { OTLP_PROTOBUF, readOtlp } from './read.ts';
import { type OtlpCount, scanOtlp } from './scan.ts';
import { field } from './testing/wire.ts';

const TAGS = {
  prefix: 'mlflow.traceTag.',
  kind: 'trace',
  idPrefix: 'tr-',
  idAttribute: 'mlflow.traceRequestId',
};
const MIB = 1024 * 1024;

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.string().map((text) => ({ value: { case: 'stringValue', value: text } })),
    fc.boolean().map((given) => ({ value: { case: 'boolValue', value: given } })),
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map((n) => ({ value: { case: 'intValue', value: n } })),
    fc
      .array(tie('value'), { maxLength: 3 })
      .map((values) => ({ value: { case: 'arrayValue', value: { values } } })),
    fc
      .array(fc.record({ key: fc.string(), value: tie('value') }), { maxLength: 3 })
      .map((values) => ({ value: { case: 'kvlistValue', value: { values } } })),
  ),
}));
const attributes = fc.array(fc.record({ key: fc.string(), value }), { maxLength: 3 });
const span = fc.record({
  traceId: fc.uint8Array({ maxLength: 16 }),
  name: fc.string(),
  startTimeUnixNano: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  flags: fc.nat(),
  attributes,
  events: fc.array(fc.record({ name: fc.string(), attributes }), { maxLength: 3 }),
  links: fc.array(fc.record({ spanId: fc.uint8Array({ maxLength: 8 }), attributes }), { maxLength: 3 }),
});
const exports = fc.array(
  fc.record({
    resource: fc.record({ attributes }),
    scopeSpans: fc.array(fc.record({ spans: fc.array(span, { maxLength: 4 }) }), { maxLength: 3 }),
  }),
  { maxLength: 3 },
);
const encoded = exports.map((resourceSpans) =>
  toBinary(EXPORT_REQUEST, create(EXPORT_REQUEST, { resourceSpans } as never)),
);

const KINDS: Readonly<Record<string, keyof OtlpCount>> = {
  'opentelemetry.proto.trace.v1.Span': 'spans',
  'opentelemetry.proto.trace.v1.Span.Event': 'events',
  'opentelemetry.proto.trace.v1.Span.Link': 'links',
  'opentelemetry.proto.common.v1.KeyValue': 'attributes',
};

/** The same counts from the message that the protobuf library created. */
function countIn(message: unknown, into: Record<string, number>): Record<string, number> {
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array) return into;
  const kind = KINDS[(message as { $typeName?: string }).$typeName ?? ''];
  if (kind !== undefined) into[kind]!++;
  for (const inner of Object.values(message)) countIn(inner, into);
  return into;
}

describe('scanOtlp', () => {
  it('counts the objects that the protobuf library creates', () => {
    fc.assert(
      fc.property(encoded, (bytes) => {
        const counted = countIn(fromBinary(EXPORT_REQUEST, bytes), {
          spans: 0,
          events: 0,
          links: 0,
          attributes: 0,
        });
        const { fields, ...rest } = scanOtlp(bytes);
        expect(rest).toEqual(counted);
        expect(fields).toBeGreaterThanOrEqual(Object.values(counted).reduce((all, one) => all + one, 0));
      }),
      { numRuns: 500 },
    );
  });

  it('counts at least the objects that the library creates from any bytes', () => {
    const damaged = fc
      .tuple(encoded, fc.nat(), fc.uint8Array({ maxLength: 6 }), fc.nat(4))
      .map(([start, at, bytes, drop]) => {
        const place = start.length === 0 ? 0 : at % start.length;
        return Buffer.concat([start.subarray(0, place), bytes, start.subarray(place + drop)]);
      });
    let both = 0;
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        let counted: OtlpCount;
        let made: Record<string, number>;
        try {
          counted = scanOtlp(bytes);
          made = countIn(fromBinary(EXPORT_REQUEST, bytes), { spans: 0, events: 0, links: 0, attributes: 0 });
        } catch {
          return;
        }
        both++;
        for (const kind of ['spans', 'events', 'links', 'attributes'] as const)
          expect(counted[kind]).toBeGreaterThanOrEqual(made[kind]!);
      }),
      { numRuns: 3_000 },
    );
    expect(both).toBeGreaterThan(100);
  });

  it.each([
    ['a length beyond the end', '0a05'],
    ['a length beyond that of the message around it', '0a0212050000000000'],
    ['a field without a number', '0200'],
    ['a varint without end', '08ffffffffffffffffffffff'],
    ['a group', '0b0c'],
    ['a message that is a number', '0801'],
    ['half a fixed field', '3900'],
  ])('refuses %s', (_, hex) => {
    expect(denialOf(() => scanOtlp(Buffer.from(hex, 'hex'))).reason).toBe('malformed_body');
  });

  it.each(['fields', 'spans', 'events', 'links', 'attributes'] as const)(
    'refuses more %s than the limit, and no fewer',
    (kind) => {
      fc.assert(
        fc.property(encoded, fc.nat(20), (bytes, most) => {
          const bound = (value: number) => scanOtlp(bytes, { ...LIMITS_OF_ALL, [kind]: { value } });
          const given = scanOtlp(bytes)[kind];
          if (given <= most) expect(bound(most)[kind]).toBe(given);
          else expect(denialOf(() => bound(most)).reason).toBe('body_too_large');
        }),
        { numRuns: 300 },
      );
    },
  );
});

const LIMITS_OF_ALL = {
  fields: LIMITS.otlpFields,
  spans: LIMITS.otlpSpans,
  events: LIMITS.otlpEvents,
  links: LIMITS.otlpLinks,
  attributes: LIMITS.otlpAttributes,
};

describe('readOtlp with exports that grow when parsed', () => {
  it.each([
    ['empty spans', '1200', (list: Buffer) => wrap(list)],
    ['empty scopes', '1200', (list: Buffer) => field(0x0a, list)],
    ['empty resources', '0a00', (list: Buffer) => list],
    ['empty attributes', '4a00', (list: Buffer) => wrap(field(0x12, list))],
    ['empty events', '5a00', (list: Buffer) => wrap(field(0x12, list))],
    ['empty links', '6a00', (list: Buffer) => wrap(field(0x12, list))],
    [
      'empty values in a list',
      '0a00',
      (list: Buffer) => wrap(field(0x12, field(0x4a, field(0x12, field(0x2a, list))))),
    ],
    ['unknown fields', 'f23f00', (list: Buffer) => list],
  ])('refuses a body of 4 MiB of %s before it is parsed', (_, item, around) => {
    const body = around(Buffer.alloc(4 * MIB - 64, Buffer.from(item, 'hex')));
    const act = (): void =>
      expect(denialOf(() => readOtlp(body, OTLP_PROTOBUF, TAGS, [])).reason).toBe('body_too_large');
    expect(heapGrowth(act)).toBeLessThan(4 * MIB);
    expect(fastest(act)).toBeLessThan(50);
  });

  it('refuses too many spans in JSON before they are parsed', () => {
    const body = Buffer.from(
      `{"resourceSpans":[{"scopeSpans":[{"spans":[${'{},'.repeat(LIMITS.otlpSpans.value)}{}]}]}]}`,
    );
    expect(denialOf(() => readOtlp(body, 'application/json', TAGS, [])).reason).toBe('body_too_large');
  });
});

function wrap(spans: Buffer): Buffer {
  return field(0x0a, field(0x12, spans));
}
