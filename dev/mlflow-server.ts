import { existsSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { type Fetch, type FetchTls, fetcher } from './http.ts';
import { emptyDatabase } from './mlflow-database.ts';
import { DEFAULT_MLFLOW_VERSION, mlflowEnv } from './mlflow-env.ts';
import { forkingPython, usualVariables } from './mlflow-fork.ts';
import { freePort, portIsFree } from './ports.ts';
import { type RunningProcess, startProcess, untilServing } from './process.ts';

/** Longest path of a Unix socket, in bytes. The field for it has 108 on Linux and 104 on macOS, including a final NUL. */
export const MAX_SOCKET_PATH = 103;
const START_TIMEOUT_MS = 240_000;

export interface MlflowServerOptions {
  /** The folder of the database, the artifacts, the log and (by default) the socket; created if missing, and kept. */
  readonly dir: string;
  /** Default: `DEFAULT_MLFLOW_VERSION`. */
  readonly version?: string;
  /** Further packages of its environment, for `mlflowEnv`. */
  readonly extras?: readonly string[];
  /** Default: SQLite in `dir`. */
  readonly backendStore?: string;
  /** Default: a folder in `dir`. */
  readonly artifactsDestination?: string;
  /** Default false. Needs MLflow 3.10. */
  readonly workspaces?: boolean;
  /** Default 1, which starts fastest; MLflow's own default is 4. */
  readonly workers?: number;
  /**
   * A Unix socket (`{ unix: true }` for `dir/mlflow.sock`, or a path; needs MLflow 3.5, the first on uvicorn) or
   * a loopback TCP port (0: a free one). Default `{ unix: true }`.
   */
  readonly listen?: { readonly unix: true | string } | { readonly port: number };
  /** MLflow's `--static-prefix`. `address` does not contain it; paths for `fetch` do. */
  readonly staticPrefix?: string;
  /** For a TCP port at which MLflow serves TLS (`extraArgs`: `--uvicorn-opts`). */
  readonly tls?: FetchTls;
  readonly extraArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** For a test that pauses or kills it: `pid` leads the group of MLflow's own processes, also where a fork server runs. Default false. */
  readonly ownProcess?: boolean;
}

export interface MlflowServer {
  /** `unix:/path.sock` or `http://127.0.0.1:port`, for `GW_TARGET_BASE_URL`. */
  readonly address: string;
  readonly version: string;
  readonly pid: number;
  readonly log: string;
  /** Requests to MLflow without the gateway; the caller may set the workspace header. */
  readonly fetch: Fetch;
  /** Resolves when the server has ended, for any reason. */
  readonly exited: Promise<string>;
  /** Stops the server and its workers, and waits until they have ended. */
  stop(): Promise<void>;
}

/**
 * Starts a real, unmodified MLflow on SQLite (or another database) that serves its own artifacts, and waits until it is healthy (about
 * six seconds; the very first start of a version also makes an empty database, which later ones copy). Telemetry and the job runner are off.
 *
 * `UVICORN_UDS` sets the socket: uvicorn reads `UVICORN_*` variables, so MLflow needs no option for it and opens no TCP port
 * (https://www.uvicorn.org/settings/).
 *
 * @throws {Error} if the address is in use, or MLflow exits or stays unhealthy for four minutes; the message
 *   ends with the log's last lines.
 * @example
 * const mlflow = await startMlflow({ dir: '/tmp/demo', workspaces: true });
 * await mlflow.fetch('/version');
 * await mlflow.stop();
 */
export async function startMlflow(options: MlflowServerOptions): Promise<MlflowServer> {
  const { version = DEFAULT_MLFLOW_VERSION, workspaces = false, workers = 1 } = options;
  const dir = resolve(options.dir);
  // First, since the environment may take minutes.
  const listen = await choose(options.listen ?? { unix: true }, dir, version);
  const python = await mlflowEnv(version, undefined, options.extras);
  mkdirSync(join(dir, 'artifacts'), { recursive: true });
  const database = join(dir, 'mlflow.db');
  if (options.backendStore === undefined) await emptyDatabase(python, database);
  const fork = workers === 1 && !options.ownProcess ? forkingPython(python) : undefined;
  const child = await startProcess({
    name: `MLflow ${version}`,
    command: fork ?? python.mlflow,
    args: [
      ...(fork === undefined ? [] : [python.mlflow]),
      'server',
      ...['--backend-store-uri', options.backendStore ?? `sqlite:///${database}`],
      ...[
        '--serve-artifacts',
        '--artifacts-destination',
        options.artifactsDestination ?? join(dir, 'artifacts'),
      ],
      ...['--workers', String(workers)],
      ...listen.args,
      ...(workspaces ? ['--enable-workspaces'] : []),
      ...(options.staticPrefix === undefined ? [] : ['--static-prefix', options.staticPrefix]),
      ...(options.extraArgs ?? []),
    ],
    env: {
      ...usualVariables(),
      ...listen.env,
      ...options.env,
    },
    cwd: dir,
    log: join(dir, 'mlflow.log'),
  });
  const address = options.tls === undefined ? listen.address : listen.address.replace(/^http:/, 'https:');
  const fetch = fetcher(address, {}, options.tls);
  await untilHealthy(child, fetch, version, options.staticPrefix);
  return {
    address,
    version,
    pid: child.pid,
    log: child.log,
    fetch,
    exited: child.exited,
    stop: () => child.stop(),
  };
}

interface Listen {
  readonly address: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

async function choose(
  listen: NonNullable<MlflowServerOptions['listen']>,
  dir: string,
  version: string,
): Promise<Listen> {
  if ('port' in listen) {
    const port = listen.port || (await freePort());
    if (!(await portIsFree(port)))
      throw new Error(`port ${port} on 127.0.0.1 is in use; MLflow cannot listen on it`);
    return {
      address: `http://127.0.0.1:${port}`,
      args: ['--host', '127.0.0.1', '--port', String(port)],
      env: {},
    };
  }
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 3 || (major === 3 && minor < 5)) {
    throw new Error(
      `MLflow ${version} runs on gunicorn, which cannot serve a Unix socket this way; use a port`,
    );
  }
  const path = listen.unix === true ? join(dir, 'mlflow.sock') : resolve(listen.unix);
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    throw new Error(
      `a Unix socket's path has at most ${MAX_SOCKET_PATH} bytes; choose a shorter one than ${path}`,
    );
  }
  await clear(path);
  return { address: `unix:${path}`, args: [], env: { UVICORN_UDS: path } };
}

/** A socket file that a killed MLflow left behind makes the next start fail; a live one must not be touched. */
async function clear(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const alive = await new Promise<boolean>((done) => {
    const probe = connect(path);
    probe.once('connect', () => done(true)).once('error', () => done(false));
    probe.once('connect', () => probe.destroy());
  });
  if (alive) throw new Error(`another server is listening on ${path}; stop it first`);
  unlinkSync(path);
}

async function untilHealthy(
  child: RunningProcess,
  fetch: Fetch,
  version: string,
  prefix = '',
): Promise<void> {
  // MLflow before 3.10 serves it at the root, without its prefix.
  const paths = new Set([`${prefix}/health`, '/health']);
  await untilServing(child, {
    name: `MLflow ${version}`,
    timeoutMs: START_TIMEOUT_MS,
    everyMs: 100,
    ask: async () => {
      for (const path of paths) {
        const answer = await fetch(path, { timeoutMs: 2_000 }).catch(() => undefined);
        if (answer?.status === 200) return true;
      }
      return 'not healthy';
    },
  });
}
