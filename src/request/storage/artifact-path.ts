import { DenialError } from '../../denial.ts';
import { ENCODED_ASCII, ENCODED_CONTROL, ENCODED_LETTERS } from '../percent.ts';
import { printable } from '../printable.ts';

/** Characters that MLflow drops, takes for a separator, or ends a path at. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const REFUSED = /[\u0000\t\n\r\u0080-\u009f\\?#]|:\/\/|;$/;
/** Python's urlparse drops blanks and control characters at the beginning, and MLflow decodes before it calls it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const BEGINNING = /^(?:[\u0000- ]|%(?:[01][0-9a-f]|20))/i;
/** `file:` is taken away by MLflow, and capital letters of a scheme are made small. */
const SCHEME = /^(?:file|[a-z0-9+.-]*[A-Z][A-Za-z0-9+.-]*):/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is written encoded
const CONTROL = /[\u0000-\u001f\u007f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const SPECIAL = /[%\u0000-\u001f\u007f]/;

/**
 * Writes an artifact path as MLflow itself stores it, so that what is judged is what is opened. MLflow decodes such a
 * path again and again, and then writes control characters encoded (`validate_path_is_safe` of mlflow/utils/uri.py,
 * the same from 2.22 to 3.17): `dog%17.png` is stored under that name, `5%accuracy` as `5\ufffdcuracy`.
 *
 * - `.` and empty segments are left out, but for a slash at the end;
 * - a control character, or a `%` and two digits that stand for one, becomes `%xx` in small letters;
 * - `%xx` that stands for bytes beyond ASCII becomes the text that MLflow reads, `\ufffd` where it is no UTF-8.
 *
 * Refused is what decoding changes otherwise (CVE-2024-1483, CVE-2024-3848): with no printed character of ASCII decoded,
 * no further decoding brings a separator, a dot segment, another `%xx` or the end of the string.
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
  const last = segments.at(-1)!;
  if (segments[0] === '' || segments.includes('..')) throw refused(path, at);
  const kept = segments.filter((segment) => segment !== '' && segment !== '.');
  // `dir/.` is the directory: a slash stays at the end, which makes a difference where a file is named.
  const end = kept.length > 0 && (last === '' || last === '.') ? '/' : '';
  return kept.join('/') + end;
}

/**
 * Refuses a path on a client's disk whose last segment is no name of a file: MLflow puts it behind the artifact path that was
 * judged, and storages differ in what `..` or an empty name is there (`os.path.basename` leaves both as they are). MLflow
 * does not decode it here, and does when the file is read: none may be another path then.
 *
 * @throws DenialError `invalid_field`
 * @example
 * checkFileName('/home/me/model.bin', 'path');
 */
export function checkFileName(path: string, at: string): void {
  // A client on Windows has the other slash.
  const name = path.split(/[\\/]/).at(-1)!;
  if (name === '' || name === '.')
    throw new DenialError(
      'invalid_field',
      `Invalid value for parameter '${at}' supplied: expected a path that ends in the name of a file.`,
    );
  canonicalArtifactPath(name, at);
}

/** As text with `%xx` is written in {@link canonicalArtifactPath}; `undefined` for what is refused there. */
export function decodeName(text: string): string | undefined {
  if (ENCODED_ASCII.test(text)) return undefined;
  const decoded = text
    .replace(ENCODED_LETTERS, (bytes) => decodeUtf8(Buffer.from(bytes.replaceAll('%', ''), 'hex')))
    .replace(ENCODED_CONTROL, (byte) => byte.toLowerCase())
    .replace(CONTROL, (control) => `%${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return REFUSED.test(decoded) ? undefined : decoded;
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text of bytes as Python's `errors='replace'` reads them. */
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
    // The two words in the middle are all that MLflow says.
    `Invalid value ${JSON.stringify(printable(path))} for parameter '${printable(at)}' supplied: Invalid path. It must be relative, without ".." segments, "?", "#", "\\", ";" at the end, a blank or scheme at the beginning, or "%xx" that MLflow would decode: send such a name decoded.`,
  );
}
