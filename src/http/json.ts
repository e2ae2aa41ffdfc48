import { DenialError } from './denial.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses a JSON body so that it has one reading only.
 *
 * `JSON.parse` already refuses NaN, comments, byte order marks and trailing commas, but keeps the last of two equal
 * keys without a word while other parsers keep the first. Every key is followed by one colon outside strings, so
 * comparing the number of colons with the number of keys that survived finds duplicates, also when one is spelt
 * with `\u` escapes, without a parser of our own. See RFC 8259 section 4.
 *
 * Integers beyond 2^53 are kept exactly (`JSON.rawJSON`), since rounding one would change what is sent.
 *
 * @throws DenialError `malformed_body`
 * @example
 * parseJson(Buffer.from('{"a":1}')); // { a: 1 }
 */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    throw new DenialError('malformed_body', 'The body is not valid UTF-8.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DenialError('malformed_body', 'The body is not valid JSON (RFC 8259).');
  }
  const counted = { keys: 0, unsafe: false };
  count(value, counted, 0);
  if (counted.keys !== colonsOutsideStrings(text)) {
    throw new DenialError('malformed_body', 'The body holds the same key twice in one object.');
  }
  return counted.unsafe ? exactIntegers(text) : value;
}

/** Deepest nesting accepted in a JSON body. */
export const MAX_JSON_DEPTH = 100;

function count(value: unknown, into: { keys: number; unsafe: boolean }, depth: number): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new DenialError('malformed_body', 'The body holds a number out of range.');
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) into.unsafe = true;
    return;
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed())
      throw new DenialError('malformed_body', 'The body holds an unpaired surrogate.');
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth === MAX_JSON_DEPTH) {
    throw new DenialError('malformed_body', `The body is nested deeper than ${MAX_JSON_DEPTH} levels.`);
  }
  if (Array.isArray(value)) {
    for (const item of value) count(item, into, depth + 1);
    return;
  }
  for (const key in value) {
    into.keys++;
    if (!key.isWellFormed()) throw new DenialError('malformed_body', 'The body holds an unpaired surrogate.');
    count((value as Record<string, unknown>)[key], into, depth + 1);
  }
}

function colonsOutsideStrings(text: string): number {
  let colons = 0;
  let at = 0;
  for (;;) {
    const quote = text.indexOf('"', at);
    const end = quote === -1 ? text.length : quote;
    for (let i = at; i < end; i++) if (text.charCodeAt(i) === 58) colons++;
    if (quote === -1) return colons;
    at = quote + 1;
    for (;;) {
      const code = text.charCodeAt(at++);
      if (code === 92) at++;
      else if (code === 34) break;
    }
  }
}

interface RawJsonSupport {
  rawJSON(text: string): object;
}

function exactIntegers(text: string): unknown {
  const { rawJSON } = JSON as unknown as RawJsonSupport;
  const reviver = (_key: string, value: unknown, context: { source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context.source ?? '')
      ? rawJSON(context.source!)
      : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

/** The digits of an integer that `parseJson` kept exactly, or `undefined` when `value` is none. */
export function exactInteger(value: unknown): string | undefined {
  const isRaw = (JSON as unknown as { isRawJSON(v: unknown): boolean }).isRawJSON;
  return isRaw(value) ? (value as { rawJSON: string }).rawJSON : undefined;
}
