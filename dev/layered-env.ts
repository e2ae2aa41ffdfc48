import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lock } from './lock.ts';
import { cacheDirectory, INSTALL_WAIT_MS, type MlflowEnv, mlflowEnv } from './mlflow-env.ts';
import { MlflowEnvError, pipInstall } from './pip.ts';

const run = promisify(execFile);
/** Written last: a layer without this file is an interrupted installation. */
const MARKER = '.installed';
const PINNED = /^[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][A-Za-z0-9.+!-]*$/;

/** More Python packages for a few tests, on top of an MLflow environment. */
export interface Layer {
  /** Part of the folder's name: small letters, digits and dashes. */
  readonly name: string;
  /** `package==version`, including all dependencies that MLflow does not have. */
  readonly packages: readonly string[];
}

/**
 * A Python environment with all packages of `mlflowEnv(version)` and a few more, made once and kept beside it. The packages are in a
 * folder of their own; the environment below is read, never changed, and not copied (1 GB). The folder's name contains a digest of the
 * list, so that checkouts with different lists do not overwrite each other's layers.
 *
 * The `mlflow` command is the one below: it does not see the layer.
 *
 * @throws {MlflowEnvError} if a package is not pinned, or Python or pip fails.
 * @example
 * const { python } = await layeredEnv({ name: 'keras', packages: ['keras==3.15.1', 'namex==0.1.0'] });
 */
export async function layeredEnv(
  layer: Layer,
  version?: string,
  report: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Promise<MlflowEnv> {
  if (!/^[a-z0-9-]+$/.test(layer.name)) throw new MlflowEnvError(`invalid name of a layer: ${layer.name}`);
  const unpinned = layer.packages.filter((wanted) => !PINNED.test(wanted));
  if (unpinned.length > 0)
    throw new MlflowEnvError(`not pinned (expected package==version): ${unpinned.join(', ')}`);
  const base = await mlflowEnv(version, report);
  const wanted = `${[...layer.packages].sort().join('\n')}\n`;
  const digest = createHash('sha256').update(wanted).digest('hex').slice(0, 8);
  const dir = join(cacheDirectory(), `mlflow-${base.version}-${layer.name}-${digest}`);
  const env: MlflowEnv = { ...base, dir, python: join(dir, 'bin/python') };
  const complete = (): boolean =>
    existsSync(join(dir, MARKER)) && readFileSync(join(dir, MARKER), 'utf8') === wanted;
  if (complete()) return env;

  const release = await lock(`${dir}.lock`, {
    waitMs: INSTALL_WAIT_MS,
    onWait: () => report(`waiting for another process that is installing ${layer.name}`),
  });
  try {
    if (complete()) return env;
    report(`Installing ${layer.packages.length} packages (${layer.name}) over MLflow ${base.version}`);
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    await run(base.python, ['-m', 'venv', dir]);
    // A .pth file adds its lines to Python's search path (https://docs.python.org/3/library/site.html), so that pip treats the packages
    // below as installed; `--system-site-packages` would add the system's packages, not MLflow's.
    writeFileSync(
      join(await packagesOf(env.python), 'mlflow-below.pth'),
      `${await packagesOf(base.python)}\n`,
    );
    // The list is complete; uv, unlike pip, does not see the packages below.
    await pipInstall(env.python, ['--no-deps', ...layer.packages], `${dir}.install.log`, report);
    writeFileSync(join(dir, MARKER), wanted);
    return env;
  } finally {
    release();
  }
}

async function packagesOf(python: string): Promise<string> {
  const { stdout } = await run(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  return stdout.trim();
}
