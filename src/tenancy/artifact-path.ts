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
