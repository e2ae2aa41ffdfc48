import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.ts';
import { releaseChangelog } from './notes.ts';
import { writeVersion } from './versions.ts';

/**
 * Commits the version and its changelog, and tags the commit `vVERSION`. Nothing is pushed.
 *
 * @throws Error if the checkout has changes, the tag exists, or nothing is unreleased
 * @example
 * tagVersion(process.cwd(), '0.2.0');
 */
export function tagVersion(root: string, version: string): void {
  const git = (...args: readonly string[]): string => command('git', args, { cwd: root });
  if (git('status', '--porcelain', '--untracked-files=no') !== '')
    throw new Error('the checkout has changes: commit them first');
  if (git('tag', '--list', `v${version}`) !== '') throw new Error(`the tag v${version} exists`);
  const changelog = join(root, 'CHANGELOG.md');
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(changelog, releaseChangelog(readFileSync(changelog, 'utf8'), version, today));
  writeVersion(root, version);
  git('commit', '--quiet', '--all', '--message', `release: ${version}`);
  git('tag', '--annotate', '--message', `mlflow-gateway ${version}`, `v${version}`);
}
