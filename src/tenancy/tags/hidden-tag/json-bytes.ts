const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The position of the quote that ends a JSON text; -1 when the text goes on behind these bytes.
 *
 * @param start position of the text's first byte here, which may be one in its middle
 * @param escaped whether a backslash stood right before `start`
 * @example
 * endOfText(Buffer.from('a\\"b" '), 0, false); // 4
 */
export function endOfText(bytes: Buffer, start: number, escaped: boolean): number {
  const { length } = bytes;
  let i = escaped ? start + 1 : start;
  while (i < length) {
    const c = bytes[i]!;
    if (c === QUOTE) return i;
    i += c === BACKSLASH ? 2 : 1;
  }
  return -1;
}

/**
 * Whether a text that `endOfText` found no end of has a backslash as its last byte, one that escapes what follows.
 *
 * @example
 * endsEscaped(Buffer.from('a\\'), 0, false); // true
 */
export function endsEscaped(bytes: Buffer, start: number, escaped: boolean): boolean {
  if (start >= bytes.length) return escaped;
  let i = escaped ? start + 1 : start;
  while (i < bytes.length) i += bytes[i] === BACKSLASH ? 2 : 1;
  return i > bytes.length;
}

/**
 * What a text of ASCII says, whatever way it is spelled (`"\u0074ags"`); as it is written where it is not JSON.
 *
 * @example
 * textIn(Buffer.from('"\\u0074ags"'), 1, 10); // 'tags'
 */
export function textIn(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString('latin1', from, to);
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}
