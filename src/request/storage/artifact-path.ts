import { DenialError } from '../../denial.ts';
import { ENCODED_ASCII, ENCODED_CONTROL, ENCODED_LETTERS } from '../percent.ts';
import { printable } from '../printable.ts';

/** Characters that MLflow drops, reads as a separator, or ends a path at. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are refused
const REFUSED = /[\u0000\t\n\r\u0080-\u009f\\?#]|:\/\/|;$/;
/** Python's urlparse drops leading spaces and control characters, and MLflow decodes before it calls urlparse. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are refused
const BEGINNING = /^(?:[\u0000- ]|%(?:[01][0-9a-f]|20))/i;
/** MLflow removes `file:`, and writes a scheme in lower case. */
const SCHEME = /^(?:file|[a-z0-9+.-]*[A-Z][A-Za-z0-9+.-]*):/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are written encoded
const CONTROL = /[\u0000-\u001f\u007f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters need decoding
const SPECIAL = /[%\u0000-\u001f\u007f]/;

/**
 * Writes an artifact path as MLflow stores it, so that the judged path is the opened one. MLflow decodes such a path
 * repeatedly, and then encodes control characters (`validate_path_is_safe` of mlflow/utils/uri.py,
 * the same from 2.22 to 3.18): `dog%17.png` is stored under that name, `5%accuracy` as `5\ufffdcuracy`.
 *
 * - `.` and empty segments are removed, except a trailing slash;
 * - a control character, encoded or not, becomes `%xx` in lower case;
 * - `%xx` of bytes beyond ASCII becomes the text that MLflow reads, `\ufffd` if it is not UTF-8.
 *
 * A path that decoding would change in any other way is refused (CVE-2024-1483, CVE-2024-3848): as long as no printable ASCII
 * character is decoded, further decoding cannot produce a separator, a dot segment, another `%xx` or the end of the string.
 *
 * @throws DenialError `invalid_field`
 * @example
 * canonicalArtifactPath('./images//dog%1F.png', 'path'); // 'images/dog%1f.png'
 */
export function canonicalArtifactPath(path: string, at: string): string {
  if (path === '') return path;
  if (REFUSED.test(path) || BEGINNING.test(path) || SCHEME.test(path) || !path.isWellFormed())
    throw refused(path, at);
  const decoded = SPECIAL.test(path) ? decode(path, at) : path;
  if (!decoded.includes('.') && !decoded.includes('//') && !decoded.startsWith('/')) return decoded;
  const segments = decoded.split('/');
  const last = segments.at(-1);
  if (segments[0] === '' || segments.includes('..')) throw refused(path, at);
  const kept = segments.filter((segment) => segment !== '' && segment !== '.');
  // `dir/.` is the directory: its trailing slash stays, as it matters if the path names a file.
  const end = kept.length > 0 && (last === '' || last === '.') ? '/' : '';
  return kept.join('/') + end;
}

/**
 * Refuses a path on a client's disk that does not end in a file name: MLflow appends it to the judged artifact path, and storage
 * backends differ in how they read `..` or an empty name (`os.path.basename` changes neither). MLflow does not decode the name here but
 * does when the file is read, so it must not become another path then.
 *
 * @throws DenialError `invalid_field`
 * @example
 * checkFileName('/home/me/model.bin', 'path');
 */
export function checkFileName(path: string, at: string): void {
  // Clients on Windows use the other slash.
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  if (name === '' || name === '.')
    throw new DenialError(
      'invalid_field',
      `Invalid value for parameter '${at}' supplied: expected a path that ends in the name of a file.`,
    );
  canonicalArtifactPath(name, at);
}

/** Writes text with `%xx` as {@link canonicalArtifactPath} does; `undefined` for text that it refuses. */
export function decodeName(text: string): string | undefined {
  if (ENCODED_ASCII.test(text)) return undefined;
  const decoded = text
    .replace(ENCODED_LETTERS, (bytes) => decodeUtf8(Buffer.from(bytes.replaceAll('%', ''), 'hex')))
    .replace(ENCODED_CONTROL, (byte) => byte.toLowerCase())
    .replace(CONTROL, (control) => `%${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return REFUSED.test(decoded) ? undefined : decoded;
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Decodes bytes as Python does with `errors='replace'`. */
export function decodeUtf8(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}

function decode(path: string, at: string): string {
  const decoded = decodeName(path);
  if (decoded === undefined) throw refused(path, at);
  return decoded;
}

function refused(path: string, at: string): DenialError {
  return new DenialError(
    'invalid_field',
    // MLflow's own message is "Invalid path" alone.
    `Invalid value ${JSON.stringify(printable(path))} for parameter '${printable(at)}' supplied: Invalid path. It must be relative, without ".." segments, "?", "#", "\\", ";" at the end, a blank or scheme at the beginning, or "%xx" that MLflow would decode: send such a name decoded.`,
  );
}
