import { randomBytes } from 'node:crypto';
import { field as tagged } from '../../src/request/otlp/testing/wire.ts';

/** An attribute of the one span: key and string value. */
export type OtlpAttribute = readonly [string, string];

/** An OTLP request with one root span, in JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
export function otlpJson(traceId: string, attributes: readonly OtlpAttribute[]): Buffer {
  const span = {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    name: 'span',
    kind: 1,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000001000000000',
    attributes: attributes.map(([key, stringValue]) => ({ key, value: { stringValue } })),
    status: { code: 1 },
  };
  return Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
}

/**
 * The same in protobuf, written by hand, so that nothing of the gateway's own reader is in it
 * (https://protobuf.dev/programming-guides/encoding/).
 */
export function otlpProtobuf(traceId: string, attributes: readonly OtlpAttribute[]): Buffer {
  const span = Buffer.concat([
    field(1, Buffer.from(traceId, 'hex')),
    field(2, randomBytes(8)),
    field(5, Buffer.from('span')),
    fixed64(7, 1_700_000_000_000_000_000n),
    fixed64(8, 1_700_000_001_000_000_000n),
    ...attributes.map(([key, value]) =>
      field(9, Buffer.concat([field(1, Buffer.from(key)), field(2, field(1, Buffer.from(value)))])),
    ),
  ]);
  return field(1, field(2, field(2, span)));
}

/** A length-delimited field, of a number below 16. */
export function field(number: number, bytes: Buffer): Buffer {
  return tagged((number << 3) | 2, bytes);
}

function fixed64(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = (number << 3) | 1;
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
}
