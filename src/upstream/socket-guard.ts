import { lstat, readFile, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename } from 'node:path';

/** The state of the path of MLflow's Unix socket. */
export type SocketState =
  | 'listening'
  /** The path does not exist: MLflow has not started yet. */
  | 'missing'
  /** No process listens on it or will: left by a killed MLflow. */
  | 'stale'
  /** No process listens on it yet: a server may bind its socket seconds before it listens. */
  | 'starting'
  | 'not-a-socket'
  /** The gateway may not connect, or another error occurred; see `code`. */
  | 'unusable';

export interface SocketFinding {
  readonly state: SocketState;
  readonly code?: string;
  /** The stale socket was removed. */
  readonly removed?: true;
}

export interface SocketGuardOptions {
  readonly path: string;
  /** Whether a stale socket is removed. */
  readonly cleanup: boolean;
  /** See `SocketGuard.inspect`; for tests. */
  readonly graceMs?: number;
}

/**
 * uvicorn binds its socket, then starts workers that import MLflow, and only they listen: for some seconds, more on a
 * slow machine, a socket in use refuses connections.
 */
const GRACE_MS = 120_000;

/**
 * Distinguishes a Unix socket of a killed MLflow from one in use, and removes it if configured. MLflow with
 * several workers fails its next start on such a file (`[Errno 98] Address already in use`).
 *
 * A refused connection alone proves nothing, as above. A socket is stale when it refuses and either was seen
 * listening before (a socket that stopped listening never listens again), or has been there for two minutes while no
 * process known to this machine's network namespace holds a socket of its name. "The same socket" means the same
 * device, inode and change time, as a new file often gets the inode of the last.
 */
export class SocketGuard {
  readonly #options: SocketGuardOptions;
  #seenListening: string | undefined;

  constructor(options: SocketGuardOptions) {
    this.#options = options;
  }

  /**
   * Checks once: connects and closes. Removes the socket if it is stale and `cleanup` is set. Between the last check and
   * the removal lie microseconds, in which no process can replace this socket without removing it first.
   *
   * @example
   * const { state } = await new SocketGuard({ path: '/run/mlflow/mlflow.sock', cleanup: false }).inspect();
   */
  async inspect(): Promise<SocketFinding> {
    const { path, cleanup, graceMs = GRACE_MS } = this.#options;
    const before = await identity(path);
    if (before.state !== 'socket') return { state: before.state, ...code(before.code) };
    const error = await tryConnect(path);
    const after = await identity(path);
    if (after.state !== 'socket') return { state: after.state, ...code(after.code) };
    const same = before.id === after.id;
    if (error === undefined) {
      if (same) this.#seenListening = after.id;
      return { state: 'listening' };
    }
    if (error === 'ENOENT') return { state: 'missing' };
    if (error !== 'ECONNREFUSED') return { state: 'unusable', code: error };
    const known = this.#seenListening === after.id;
    const old = Date.now() - after.changedAt > graceMs;
    if (!same || !(known || (old && !(await isHeld(path))))) return { state: 'starting' };
    if (!cleanup) return { state: 'stale' };
    return remove(path);
  }

  /** True when the socket at the path is the one last seen listening: then there is no need to connect. */
  async isKnown(): Promise<boolean> {
    const now = await identity(this.#options.path);
    return now.state === 'socket' && now.id === this.#seenListening;
  }
}

type Identity =
  | { readonly state: 'socket'; readonly id: string; readonly changedAt: number }
  | { readonly state: 'missing' | 'not-a-socket' | 'unusable'; readonly code?: string };

async function identity(path: string): Promise<Identity> {
  try {
    const { dev, ino, ctimeNs, ctimeMs, isSocket } = await stat(path);
    if (!isSocket) return { state: 'not-a-socket' };
    return { state: 'socket', id: `${dev}:${ino}:${ctimeNs}`, changedAt: ctimeMs };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? { state: 'missing' } : { state: 'unusable', code: code ?? 'unknown' };
  }
}

async function stat(path: string) {
  // Links are not followed: the gateway must not remove the socket of another program.
  const { dev, ino, ctimeNs, ctimeMs, mode } = await lstat(path, { bigint: true });
  return { dev, ino, ctimeNs, ctimeMs: Number(ctimeMs), isSocket: (Number(mode) & 0o170000) === 0o140000 };
}

/**
 * Whether a process holds a socket bound to that file name, listening or not: containers of one pod share the network
 * namespace, and so this table (proc_net(5)). The name alone is compared, as each may mount the directory elsewhere.
 */
async function isHeld(path: string): Promise<boolean> {
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => '');
  const name = basename(path);
  return table.split('\n').some((line) => line.endsWith(`/${name}`) || line.endsWith(` ${name}`));
}

async function remove(path: string): Promise<SocketFinding> {
  try {
    await unlink(path);
    return { state: 'stale', removed: true };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? { state: 'missing' } : { state: 'stale', code: code ?? 'unknown' };
  }
}

function tryConnect(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.setTimeout(2_000, () => done('ETIMEDOUT'));
    const done = (code: string | undefined): void => {
      socket.destroy();
      resolve(code);
    };
    socket.once('connect', () => done(undefined));
    socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'unknown'));
  });
}

const code = (value: string | undefined): { code: string } | object =>
  value === undefined ? {} : { code: value };
