import { compareVersions } from '../../src/catalog/compare-versions.ts';

/** `openapi/extract/versions.txt` as a list, oldest first. */
export const versionsIn = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

/**
 * The list with one more version, in order. A listed version changes nothing.
 *
 * @example
 * withVersion('3.10.1\n3.17.2\n', '3.14.0'); // '3.10.1\n3.14.0\n3.17.2\n'
 */
export function withVersion(text: string, version: string): string {
  const all = new Set([...versionsIn(text), version]);
  return `${[...all].sort(compareVersions).join('\n')}\n`;
}
