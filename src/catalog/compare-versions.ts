/**
 * The numbers of a version of MLflow (PEP 440); whatever follows them is ignored.
 *
 * @returns an empty list for a text without a number
 * @example
 * versionNumbers('"3.10.1rc0"'); // [3, 10, 1]
 */
export function versionNumbers(version: string): readonly number[] {
  return (/\d+(?:\.\d+)*/.exec(version.slice(0, 100))?.[0] ?? '').split('.').filter(Boolean).map(Number);
}

/**
 * Orders versions by their numbers, for `sort`: negative if `a` is older than `b`. A missing number counts as 0.
 *
 * @example
 * compareVersions('3.9.2', '3.10') < 0; // true
 */
export function compareVersions(a: string, b: string): number {
  return compareNumbers(versionNumbers(a), versionNumbers(b));
}

/** As {@link compareVersions}, of versions that are read already. */
export function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
