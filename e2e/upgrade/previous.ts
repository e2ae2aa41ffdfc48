import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../cluster/support/command.ts';
import { path } from '../cluster/support/report.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The version that is upgraded from. */
export interface Previous {
  /** In full. */
  readonly commit: string;
  /** The folder with its files. */
  readonly checkout: string;
  /** The name of its image, in the cluster. */
  readonly image: string;
}

/**
 * The commit that `E2E_UPGRADE_FROM` names, or else the newest tag of a version before this commit; and the image `E2E_PREVIOUS_IMAGE`, which
 * {@link buildPrevious} builds unless it is set.
 *
 * @throws Error if no version is tagged, and none is named
 * @example
 * const { commit, image } = previous();
 */
export function previous(env: Readonly<Record<string, string | undefined>> = process.env): Previous {
  const commit = git('rev-parse', '--verify', `${env.E2E_UPGRADE_FROM || newestTag()}^{commit}`);
  return {
    commit,
    checkout: path(`previous/${commit}`),
    image: env.E2E_PREVIOUS_IMAGE || `mlflow-gateway:e2e-${commit.slice(0, 8)}`,
  };
}

/** Writes the files of the previous version, chart included, into its folder. */
export async function unpackPrevious({ commit, checkout }: Previous): Promise<void> {
  mkdirSync(checkout, { recursive: true });
  const archive = join(checkout, '../previous.tar');
  await run('git', ['archive', '--output', archive, commit], { cwd: ROOT });
  await run('tar', ['-xf', archive, '-C', checkout]);
}

/** Builds the image of the previous version by its own Dockerfile. */
export async function buildPrevious({ commit, checkout, image }: Previous): Promise<void> {
  const revision = ['--build-arg', `REVISION=${commit}`];
  await run('docker', ['build', ...revision, '--tag', image, checkout], { timeoutMs: 900_000 });
}

function newestTag(): string {
  try {
    return git('describe', '--tags', '--abbrev=0', '--match', 'v*', 'HEAD^');
  } catch {
    throw new Error('No version is tagged before this commit: name a commit by E2E_UPGRADE_FROM.');
  }
}

function git(...args: readonly string[]): string {
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio }).trim();
}
