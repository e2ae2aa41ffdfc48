import type { DescMessage } from '@bufbuild/protobuf';
import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import { EXPORT_REQUEST } from './messages.ts';

/** The size of an OTLP export. */
export interface OtlpCount {
  /** Fields of all messages at all levels, including unknown fields. */
  readonly fields: number;
  readonly spans: number;
  readonly events: number;
  readonly links: number;
  readonly attributes: number;
}

type Counted = 'spans' | 'events' | 'links' | 'attributes';

/** The fields of a message that hold messages, by number. */
interface Shape {
  readonly inside: (Shape | undefined)[];
  readonly counted: Counted | undefined;
}

const COUNTED: Readonly<Record<string, Counted>> = {
  'opentelemetry.proto.trace.v1.Span': 'spans',
  'opentelemetry.proto.trace.v1.Span.Event': 'events',
  'opentelemetry.proto.trace.v1.Span.Link': 'links',
  'opentelemetry.proto.common.v1.KeyValue': 'attributes',
};

const MOST = {
  fields: LIMITS.otlpFields,
  spans: LIMITS.otlpSpans,
  events: LIMITS.otlpEvents,
  links: LIMITS.otlpLinks,
  attributes: LIMITS.otlpAttributes,
} as const;

const ROOT = shapeOf(EXPORT_REQUEST, new Map());

function shapeOf(message: DescMessage, known: Map<string, Shape>): Shape {
  const before = known.get(message.typeName);
  if (before !== undefined) return before;
  const shape: Shape = { inside: [], counted: COUNTED[message.typeName] };
  known.set(message.typeName, shape);
  for (const { number, message: inner } of message.fields)
    if (inner !== undefined) shape.inside[number] = shapeOf(inner, known);
  return shape;
}

/** Wire types of protobuf; groups (3 and 4) are not part of proto3. */
const [VARINT, I64, LEN, I32] = [0, 1, 2, 5] as const;

/**
 * Counts the fields of an OTLP export in protobuf's wire format before it is parsed: an empty span takes two bytes, and three hundred
 * once parsed. One pass over the bytes, with constant allocation.
 *
 * @param most the limit of each count; default: those of `LIMITS`
 * @throws DenialError `malformed_body` (not the wire format, or nested deeper than `LIMITS.otlpDepth`), `body_too_large`
 * @see https://protobuf.dev/programming-guides/encoding/
 * @example
 * scanOtlp(Buffer.from('0a04120212' + '00', 'hex')).spans; // 1
 */
export function scanOtlp(
  bytes: Uint8Array,
  most: Readonly<Record<keyof OtlpCount, { readonly value: number }>> = MOST,
): OtlpCount {
  const count = { fields: 0, spans: 0, events: 0, links: 0, attributes: 0 };
  const deepest = LIMITS.otlpDepth.value;
  const shapes: Shape[] = [ROOT];
  const ends: number[] = [bytes.length];
  let depth = 0;
  let at = 0;

  /** A varint of at most five significant bytes: a field number or a length. */
  const small = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (at >= bytes.length) throw malformed();
      const byte = bytes[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw malformed();
  };
  const skipVarint = (): void => {
    for (let i = 0; i < 10; i++) {
      if (at >= bytes.length) throw malformed();
      if (bytes[at++]! < 128) return;
    }
    throw malformed();
  };

  for (;;) {
    while (at === ends[depth]) {
      if (depth === 0) return count;
      depth--;
    }
    if (++count.fields > most.fields.value) throw tooMany('fields', most.fields.value);
    const tag = small();
    const number = Math.floor(tag / 8);
    if (number === 0 || tag > 0xffffffff) throw malformed();
    const inside = shapes[depth]!.inside[number];
    const type = tag % 8;
    if (inside !== undefined && type !== LEN) throw malformed();
    if (type === VARINT) skipVarint();
    else if (type === I64) at += 8;
    else if (type === I32) at += 4;
    else if (type === LEN) {
      const length = small();
      const end = at + length;
      if (end > ends[depth]!) throw malformed();
      if (inside === undefined) at = end;
      else {
        const { counted } = inside;
        if (counted !== undefined && ++count[counted] > most[counted].value)
          throw tooMany(counted, most[counted].value);
        if (++depth >= deepest) throw malformed();
        shapes[depth] = inside;
        ends[depth] = end;
      }
    } else throw malformed();
    if (at > ends[depth]!) throw malformed();
  }
}

function malformed(): DenialError {
  return new DenialError(
    'malformed_body',
    `The body is not a well-formed OTLP export of traces (application/x-protobuf), or is nested deeper than ${LIMITS.otlpDepth.value} levels.`,
  );
}

/** The denial of an export that is too large. */
export function tooMany(what: keyof OtlpCount, most: number): DenialError {
  return new DenialError(
    'body_too_large',
    `The export holds more than ${most} ${what}. Make the exporter's batches smaller.`,
  );
}
