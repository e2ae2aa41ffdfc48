import { LIMITS } from '../../limits.ts';
import { withoutMark } from '../body.ts';
import { exactInteger, parseJson } from '../json/parse.ts';
import { tooMany } from './scan.ts';

/** Fields that OTLP writes in hexadecimal where protobuf's own JSON has base64. */
const IDS = ['traceId', 'spanId', 'parentSpanId'] as const;
const HEX = /^(?:[0-9A-Fa-f]{2})*$/;

type Json = Record<string, unknown>;

/**
 * Reads a body in OTLP's JSON and turns it into protobuf's.
 *
 * @throws DenialError `malformed_body`, `body_too_large`; TypeError for what is not shaped like OTLP
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function readOtlpJson(bytes: Uint8Array, counted?: (tokens: number) => void): unknown {
  const request = plain(parseJson(withoutMark(bytes), counted)) as Json;
  let spans = 0;
  for (const resourceSpans of listIn(request, 'resourceSpans'))
    for (const scopeSpans of listIn(resourceSpans, 'scopeSpans'))
      for (const span of listIn(scopeSpans, 'spans')) {
        if (++spans > LIMITS.otlpSpans.value) throw tooMany('spans', LIMITS.otlpSpans.value);
        decodeIds(span);
        for (const link of listIn(span, 'links')) decodeIds(link);
      }
  return request;
}

function listIn(message: Json, name: string): Json[] {
  const list = message[name] ?? [];
  if (!Array.isArray(list) || list.some((item) => typeof item !== 'object' || item === null))
    throw new TypeError(`${name} is not a list of objects`);
  return list as Json[];
}

function decodeIds(message: Json): void {
  for (const name of IDS) {
    const id = message[name];
    if (id === undefined || id === null) continue;
    if (typeof id !== 'string' || !HEX.test(id)) throw new TypeError(`${name} is not hexadecimal`);
    message[name] = Buffer.from(id, 'hex').toString('base64');
  }
}

/** The same with integers beyond 2^53 as text, which protobuf's JSON takes for them. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const integer = exactInteger(value);
  if (integer !== undefined) return integer;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
