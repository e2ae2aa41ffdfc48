import { execFileSync } from 'node:child_process';

/**
 * The commit that a checkout is at, in full; `unknown` where git does not know, as in an unpacked archive.
 *
 * @example
 * commitOf(process.cwd()); // 0f5c6d1b9a7e4c1f8d2b3a4958671c20c0ffee00
 */
export function commitOf(root: string): string {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8', stdio }).trim();
  } catch {
    return 'unknown';
  }
}
