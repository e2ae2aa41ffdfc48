/**
 * Writes a text as one word of a POSIX shell, in quotes where it needs them.
 *
 * @example
 * shellWord('unix:/tmp/a b'); // "'unix:/tmp/a b'"
 */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
