import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, type MlflowEnv, mlflowEnv } from '../../dev/mlflow-env.ts';
import { nginxVersion } from '../nginx.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/** The MLflow behind every peer. */
export const MLFLOW = '3.18.0';
/** The packages of MLflow's extra `auth` (https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth). */
export const FLASK_WTF = 'Flask-WTF==1.3.0';
export const OIDC_AUTH = 'mlflow-oidc-auth==11.0.2';

/** The peers on this machine, with their versions. */
export interface Peers {
  /** The folder of nginx, for `PATH`. */
  readonly nginx: string;
  readonly nginxVersion: string;
  readonly oauth2Proxy: string;
  readonly oauth2ProxyVersion: string;
  readonly plain: MlflowEnv;
  readonly basicAuth: MlflowEnv;
  readonly oidcAuth: MlflowEnv;
}

/**
 * Finds the peers, or installs them into the cache folder: nginx from `PATH` or from Debian's package, oauth2-proxy from the variable
 * `OAUTH2_PROXY`, from `PATH` or built from its Go module, and a Python environment for each of MLflow's apps.
 *
 * @param report gets a line for each installation, which may take minutes
 * @throws {Error} that says what to install by hand
 * @example
 * const { oauth2Proxy } = await installPeers(console.error);
 */
export async function installPeers(report: (line: string) => void): Promise<Peers> {
  const nginx = await findNginx(report);
  const version = await nginxVersion(nginx);
  if (version === undefined) throw new Error(`${nginx} has no nginx that runs`);
  const oauth2Proxy = await findOauth2Proxy(report);
  const { stdout } = await run(oauth2Proxy, ['--version']);
  return {
    nginx,
    nginxVersion: version,
    oauth2Proxy,
    oauth2ProxyVersion: /v\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? stdout.trim(),
    plain: await mlflowEnv(MLFLOW, report),
    basicAuth: await mlflowEnv(MLFLOW, report, [FLASK_WTF]),
    oidcAuth: await withNewerPython(() => mlflowEnv(MLFLOW, report, [OIDC_AUTH])),
  };
}

/**
 * Names a Python for an installation. mlflow-oidc-auth says that it works with 3.11, but this version of it ends at its start there: a default
 * value of a data class must be hashable, and a mapping proxy is only since 3.12.
 */
async function withNewerPython<T>(install: () => Promise<T>): Promise<T> {
  const before = process.env.MLFLOW_GATEWAY_PYTHON;
  process.env.MLFLOW_GATEWAY_PYTHON = await newerPython(before);
  try {
    return await install();
  } finally {
    if (before === undefined) delete process.env.MLFLOW_GATEWAY_PYTHON;
    else process.env.MLFLOW_GATEWAY_PYTHON = before;
  }
}

async function newerPython(named: string | undefined): Promise<string> {
  const candidates = [...(named ? [named] : []), 'python3', 'python3.14', 'python3.13', 'python3.12'];
  for (const candidate of candidates) {
    const isNewer = ['-c', 'import sys; sys.exit(sys.version_info < (3, 12))'];
    const runs = await run(candidate, isNewer).then(
      () => true,
      () => false,
    );
    if (runs) return candidate;
  }
  throw new Error(`${OIDC_AUTH} needs Python 3.12: install it, or name it with MLFLOW_GATEWAY_PYTHON`);
}

async function findNginx(report: (line: string) => void): Promise<string> {
  const installed = await onPath('nginx', `${process.env.PATH ?? ''}:/usr/sbin`);
  if (installed !== undefined) return installed;
  const home = join(cacheDirectory(), 'nginx');
  const folder = join(home, 'usr/sbin');
  if (existsSync(join(folder, 'nginx'))) return folder;
  report('Fetching nginx: Debian’s package, unpacked into the cache folder');
  const part = `${home}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  try {
    await run('apt-get', ['download', 'nginx'], { cwd: part });
    const archive = readdirSync(part).find((name) => name.endsWith('.deb'));
    await run('dpkg', ['-x', join(part, archive!), part]);
  } catch (error) {
    throw new Error(`install nginx: it is not on PATH, and apt-get has none (${(error as Error).message})`);
  }
  renameSync(part, home);
  return folder;
}

async function findOauth2Proxy(report: (line: string) => void): Promise<string> {
  const named = process.env.OAUTH2_PROXY;
  if (named) return named;
  const folder = await onPath('oauth2-proxy', process.env.PATH ?? '');
  if (folder !== undefined) return join(folder, 'oauth2-proxy');
  report('oauth2-proxy: from its Go module (the first build takes a minute or two)');
  try {
    const { stdout } = await run(join(ROOT, '.ci/images/oauth2-proxy.sh'), [], {
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout.trim();
  } catch (error) {
    throw new Error(
      `install oauth2-proxy and name it with OAUTH2_PROXY: building it needs Go 1.26 (${(error as Error).message})`,
    );
  }
}

/** The folder of a command. */
async function onPath(command: string, path: string): Promise<string | undefined> {
  return path.split(':').find((folder) => folder !== '' && existsSync(join(folder, command)));
}
