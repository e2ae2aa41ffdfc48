import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lock } from './lock.ts';
import { MlflowEnvError, pipInstall } from './pip.ts';

const run = promisify(execFile);

/** The default MLflow version of the quickstart and the tests. */
export const DEFAULT_MLFLOW_VERSION = '3.18.0';

const VERSION = /^\d+\.\d+\.\d+(rc\d+)?$/;
/** A requirement of exactly one version (https://peps.python.org/pep-0440/#version-matching), optionally with extras. */
const EXACT = /^[A-Za-z0-9._-]+(\[[a-z0-9,_-]+\])?==[A-Za-z0-9.+!-]+$/;
/** How long one process waits for another that is installing. */
export const INSTALL_WAIT_MS = 15 * 60_000;
const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
/** Written last: an environment without this file is an interrupted installation. */
const MARKER = '.installed';

/** A Python environment that holds one MLflow version. */
export interface MlflowEnv {
  readonly version: string;
  /** The packages beside MLflow, as pip's requirements. */
  readonly extras: readonly string[];
  readonly dir: string;
  readonly python: string;
  /** The `mlflow` command. */
  readonly mlflow: string;
}

/**
 * Creates a virtual environment with `mlflow==version` (which includes scikit-learn), or returns an existing
 * one. It is kept in `$MLFLOW_GATEWAY_CACHE`, else `$XDG_CACHE_HOME/mlflow-gateway`, else
 * `~/.cache/mlflow-gateway`, and shared by all checkouts. The first time takes one to three minutes and about
 * 1 GB; progress goes to `report`. Processes that need the same version wait for each other, and an
 * interrupted installation is repeated.
 *
 * Just after a release some package indexes lack `mlflow-skinny` or `mlflow-tracing` of that version. Then the wheel of `mlflow`, which
 * contains their files, is installed over the version before it.
 *
 * `MLFLOW_GATEWAY_PYTHON` names the Python to use; else the first of `python3`, `python3.13` ... `python3.10`
 * that is 3.10 or newer.
 *
 * `extras` are exact requirements of pip (`boto3==1.44.8`, `moto[server]==5.2.5`) for further packages. Such an environment is separate
 * from the plain one and has their names in its path.
 *
 * @throws {MlflowEnvError} if a version or requirement is not exact, Python or its `venv` module is missing, or pip fails.
 * @example
 * const { python } = await mlflowEnv('3.18.0');
 * const { mlflow } = await mlflowEnv('3.18.0', undefined, ['psycopg2-binary==2.9.13']);
 */
export async function mlflowEnv(
  version: string = DEFAULT_MLFLOW_VERSION,
  report: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
  extras: readonly string[] = [],
): Promise<MlflowEnv> {
  if (!VERSION.test(version))
    throw new MlflowEnvError(`not an MLflow version: ${version} (expected e.g. 3.18.0)`);
  for (const extra of extras)
    if (!EXACT.test(extra))
      throw new MlflowEnvError(`not an exact requirement: ${extra} (expected e.g. boto3==1.44.8)`);
  const cache = cacheDirectory();
  const name = [`mlflow-${version}`, ...[...extras].sort().map(asFileName)].join('+');
  const dir = join(cache, name);
  const [python, mlflow] = [join(dir, 'bin/python'), join(dir, 'bin/mlflow')];
  const env: MlflowEnv = { version, extras, dir, python, mlflow };
  if (isMarked(env)) return env;

  const release = await lock(join(cache, `${name}.lock`), {
    waitMs: INSTALL_WAIT_MS,
    onWait: () => report(`waiting for another process that is installing MLflow ${version}`),
  });
  try {
    if (isMarked(env)) return env;
    // An environment made by hand has MLflow; the extras are unknown.
    if (extras.length > 0 || !(await imports(env))) await install(env, report);
    writeFileSync(join(dir, MARKER), markerOf(env));
    return env;
  } finally {
    release();
  }
}

/** The folder of all environments. */
export function cacheDirectory(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return (
    environment.MLFLOW_GATEWAY_CACHE ||
    join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mlflow-gateway')
  );
}

const asFileName = (requirement: string): string => requirement.replaceAll(/[^A-Za-z0-9.-]+/g, '_');

const markerOf = ({ version, extras }: MlflowEnv): string =>
  `${[version, ...[...extras].sort()].join('\n')}\n`;

function isMarked(env: MlflowEnv): boolean {
  const marker = join(env.dir, MARKER);
  return existsSync(env.python) && existsSync(marker) && readFileSync(marker, 'utf8') === markerOf(env);
}

/** Whether a complete environment without the mark exists (made by hand, or by pip alone). */
async function imports(env: MlflowEnv): Promise<boolean> {
  if (!existsSync(env.mlflow)) return false;
  try {
    const { stdout } = await run(env.python, [
      '-c',
      'import mlflow.sklearn, sklearn, mlflow.store.db.utils; print(mlflow.__version__)',
    ]);
    return stdout.trim() === env.version;
  } catch {
    return false;
  }
}

async function install(env: MlflowEnv, report: (line: string) => void): Promise<void> {
  const python = await findPython();
  report(
    `Installing MLflow ${env.version} with ${python} into ${env.dir} (once; one to three minutes, about 1 GB)`,
  );
  const log = `${env.dir}.install.log`;
  rmSync(env.dir, { recursive: true, force: true });
  mkdirSync(env.dir, { recursive: true });
  try {
    await run(python, ['-m', 'venv', env.dir]);
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    rmSync(env.dir, { recursive: true, force: true });
    throw new MlflowEnvError(venvMessage(python, `${stdout ?? ''}${stderr ?? ''}`.trim()));
  }
  await installMlflow(env, log, report);
  if (!(await imports(env))) {
    throw new MlflowEnvError(`pip succeeded, but MLflow ${env.version} cannot be imported; see ${log}`);
  }
  report(`MLflow ${env.version} is installed`);
}

async function installMlflow(env: MlflowEnv, log: string, report: (line: string) => void): Promise<void> {
  const wanted = `mlflow==${env.version}`;
  const others = [...companions(env.version), ...env.extras];
  try {
    await pipInstall(env.python, [wanted, ...others], log, report);
  } catch (error) {
    if (!(error instanceof MlflowEnvError && lacksOwnPart(error.message, env.version))) throw error;
    // MLflow is released as three packages, and the wheel `mlflow` contains the files of all of them.
    report(
      `  the package index lacks a part of MLflow ${env.version}: its files go over the version before it`,
    );
    await pipInstall(env.python, [`mlflow<${env.version}`, ...others], log, report);
    await pipInstall(env.python, ['--no-deps', wanted], log, report);
  }
}

/** Whether the package index lacks `mlflow-skinny` or `mlflow-tracing`, which `mlflow` requires in its own version. */
function lacksOwnPart(message: string, version: string): boolean {
  return (
    /\bmlflow-(?:skinny|tracing)==(\S+)/.exec(message)?.[1] === version &&
    /no (?:matching distribution|version)/i.test(message)
  );
}

/**
 * Constraints for older versions: their requirements allow newer packages that they do not work with (as in openapi/extract). And what
 * a newer version requires where its files go over those of the version before.
 */
function companions(version: string): string[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  // MLflow 3.18 reads forms: without this package it answers 500 to them.
  if (major > 3 || (major === 3 && minor >= 18)) return ['python-multipart'];
  // MLflow 2 imports pkg_resources; before 3.10 the database layer imports a class that SQLAlchemy 2.1 removed.
  return major < 3 || (major === 3 && minor < 10) ? ['setuptools<81', 'sqlalchemy<2.1'] : [];
}

function venvMessage(python: string, output: string): string {
  // Debian's python3 has the module but not ensurepip, which `venv` needs; its own hint is easily overlooked.
  return /ensurepip|python3[\d.]*-venv|No module named venv/.test(output)
    ? `${python} cannot make virtual environments. On Debian and Ubuntu: sudo apt-get install python3-venv`
    : `${python} -m venv failed: ${output || 'no output'}`;
}

async function findPython(): Promise<string> {
  const seen: string[] = [];
  for (const candidate of process.env.MLFLOW_GATEWAY_PYTHON ? [process.env.MLFLOW_GATEWAY_PYTHON] : PYTHONS) {
    try {
      const { stdout } = await run(candidate, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
      const [major = 0, minor = 0] = stdout.trim().split('.').map(Number);
      if (major > 3 || (major === 3 && minor >= 10)) return candidate;
      seen.push(`${candidate} is ${stdout.trim()}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') seen.push(`${candidate} does not run`);
    }
  }
  throw new MlflowEnvError(
    `MLflow needs Python 3.10 or newer (${seen.join(', ') || 'no python3 was found'}). ` +
      'On Debian and Ubuntu: sudo apt-get install python3 python3-venv; or set MLFLOW_GATEWAY_PYTHON',
  );
}

if (import.meta.main) {
  try {
    console.log((await mlflowEnv(process.argv[2])).python);
  } catch (error) {
    if (!(error instanceof MlflowEnvError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
