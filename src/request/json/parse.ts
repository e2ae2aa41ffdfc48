import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import { scanJson } from './scan.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses a JSON body so that it has one reading only.
 *
 * Values and keys are counted before they are created (`scanJson`). `JSON.parse` refuses NaN, comments, byte order marks and trailing
 * commas, but silently keeps the last of two equal keys, while other parsers keep the first. Every key is followed by one colon
 * outside strings. Comparing the number of colons with the number of remaining keys therefore finds duplicates, also in another
 * spelling (`\u` escapes), without a parser of our own. See RFC 8259 section 4.
 *
 * Integers beyond 2^53 are kept exactly (`JSON.rawJSON`), since rounding one would change the request.
 *
 * @param counted receives the number of values and keys before they are created, and may refuse it by throwing
 * @param maxTokens default `LIMITS.jsonTokens`
 * @throws DenialError `malformed_body`, `body_too_large` (`LIMITS.jsonTokens`, `LIMITS.jsonBigIntegers`)
 * @example
 * parseJson(Buffer.from('{"a":1}')); // { a: 1 }
 */
export function parseJson(
  bytes: Uint8Array,
  counted?: (tokens: number) => void,
  maxTokens: number = LIMITS.jsonTokens.value,
): unknown {
  const { tokens, keys } = scanJson(bytes, maxTokens);
  counted?.(tokens);
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
  const found = { keys: 0, unsafe: 0 };
  count(value, found);
  if (found.keys !== keys) {
    throw new DenialError('malformed_body', 'The body holds the same key twice in one object.');
  }
  if (found.unsafe === 0) return value;
  const most = LIMITS.jsonBigIntegers.value;
  if (found.unsafe > most)
    throw new DenialError('body_too_large', `The body holds more than ${most} integers beyond 2^53.`);
  return exactIntegers(text);
}

/** Recurses: `scanJson` has bounded the depth. */
function count(value: unknown, into: { keys: number; unsafe: number }): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new DenialError('malformed_body', 'The body holds a number out of range.');
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) into.unsafe++;
    return;
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed())
      throw new DenialError('malformed_body', 'The body holds an unpaired surrogate.');
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) count(item, into);
    return;
  }
  for (const key in value) {
    into.keys++;
    if (!key.isWellFormed()) throw new DenialError('malformed_body', 'The body holds an unpaired surrogate.');
    count((value as Record<string, unknown>)[key], into);
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

/**
 * An integer with all its digits, as a value that `JSON.stringify` writes unchanged.
 *
 * @param digits plain decimal ones
 */
export function exactNumber(digits: string): unknown {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : (JSON as unknown as RawJsonSupport).rawJSON(digits);
}

/** The digits of an integer that `parseJson` kept exactly; `undefined` for any other value. */
export function exactInteger(value: unknown): string | undefined {
  const isRaw = (JSON as unknown as { isRawJSON(v: unknown): boolean }).isRawJSON;
  return isRaw(value) ? (value as { rawJSON: string }).rawJSON : undefined;
}
