import { DenialError } from '../http/denial.ts';
import { printable } from '../http/fields.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const REFUSED = /[\u0000-\u001f\u007f-\u009f\\]|%[0-9A-Fa-f]{2}|:\/\//;

/**
 * Refuses an artifact path with a second reading. MLflow decodes such a path again and again and tolerates `//`, `./`
 * and tabs in it, so what is judged could differ from what is opened (CVE-2024-1483, CVE-2024-3848).
 *
 * @throws DenialError `invalid_field`
 * @example
 * checkArtifactPath('model/MLmodel', 'path');
 */
export function checkArtifactPath(path: string, at: string): void {
  if (path === '') return;
  const segments = (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  const bad = segments.some((segment) => segment === '' || segment === '.' || segment === '..');
  if (bad || REFUSED.test(path) || /[?#]/.test(path)) {
    throw new DenialError(
      'invalid_field',
      `Invalid value for ${at}: ${JSON.stringify(printable(path))} must be a relative path without empty, "." or ".." segments, "%xx", "?", "#" or "\\".`,
    );
  }
}

/**
 * Refuses a path on a client's disk whose last segment is no name of a file: MLflow puts it behind the artifact path that was
 * judged, and storages differ in what `..` or an empty name is there (`os.path.basename` leaves both as they are).
 *
 * @throws DenialError `invalid_field`
 * @example
 * checkFileName('/home/me/model.bin', 'path');
 */
export function checkFileName(path: string, at: string): void {
  // A client on Windows has the other slash.
  const name = path.split(/[\\/]/).at(-1)!;
  if (name === '')
    throw new DenialError('invalid_field', `Invalid value for ${at}: it must end in the name of a file.`);
  checkArtifactPath(name, at);
}
