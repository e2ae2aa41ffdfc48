import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';

/** What a JSON text would make, as its bytes alone tell. */
export interface JsonCount {
  /** Values of every kind and keys: each becomes an object or a string of its own. */
  readonly tokens: number;
  readonly keys: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What a byte outside strings is. Whatever is none of these belongs to a number or a word. */
const [SCALAR, SPACE, OPENS, CLOSES, COMMA, COLON, STRING] = [0, 1, 2, 3, 4, 5, 6] as const;
const KIND = new Uint8Array(256);
for (const space of ' \t\n\r') KIND[space.charCodeAt(0)] = SPACE;
for (const opens of '[{') KIND[opens.charCodeAt(0)] = OPENS;
for (const closes of ']}') KIND[closes.charCodeAt(0)] = CLOSES;
KIND[','.charCodeAt(0)] = COMMA;
KIND[':'.charCodeAt(0)] = COLON;
KIND[QUOTE] = STRING;

/**
 * Counts the values and keys of a JSON text before anything is made of it: `{},{},...` takes three bytes a value, and
 * sixty once it is parsed. One pass over the bytes; nothing is allocated.
 *
 * The numbers are exact for well-formed JSON. For anything else they bound what `JSON.parse` makes before it gives up,
 * and are not refused here.
 *
 * @param most tokens; default `LIMITS.jsonTokens`
 * @throws DenialError `malformed_body` (nested deeper than `LIMITS.jsonDepth`), `body_too_large` (more than `most` tokens)
 * @example
 * scanJson(Buffer.from('{"a":[1,{}]}')); // { tokens: 5, keys: 1 }
 */
export function scanJson(bytes: Uint8Array, most: number = LIMITS.jsonTokens.value): JsonCount {
  const deepest = LIMITS.jsonDepth.value;
  const { length } = bytes;
  let tokens = 0;
  let keys = 0;
  let depth = 0;
  /** Whether the byte before belongs to the same number or word. */
  let inScalar = false;
  for (let at = 0; at < length; at++) {
    const kind = KIND[bytes[at]!]!;
    if (kind === SCALAR) {
      if (inScalar) continue;
      inScalar = true;
      tokens++;
    } else {
      inScalar = false;
      if (kind === STRING) {
        tokens++;
        for (at++; at < length; at++) {
          const byte = bytes[at]!;
          if (byte === QUOTE) break;
          if (byte === BACKSLASH) at++;
        }
      } else if (kind === OPENS) {
        tokens++;
        if (++depth > deepest)
          throw new DenialError('malformed_body', `The body is nested deeper than ${deepest} levels.`);
      } else if (kind === CLOSES) depth--;
      else if (kind === COLON) keys++;
      else continue;
    }
    if (tokens > most) throw tooMany(most);
  }
  return { tokens, keys };
}

function tooMany(most: number): DenialError {
  return new DenialError(
    'body_too_large',
    `The body holds more than ${most} values and keys. Send it in several requests.`,
  );
}
