import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const TAIL_BYTES = 6_000;

const running = new Set<RunningProcess>();

/** Stops every process that was started and not yet stopped, for a program that ends during a start. */
export async function stopAllProcesses(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop()));
}

export interface ProcessOptions {
  /** For messages: `MLflow`, `the gateway`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the child; nothing is inherited. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The file for its output, which replaces an existing file. The folder is created. */
  readonly log: string;
  /** Milliseconds between SIGTERM and SIGKILL. Default 10 000. */
  readonly graceMs?: number;
}

export interface RunningProcess {
  readonly pid: number;
  readonly log: string;
  /** Resolves with the reason when the process has ended. */
  readonly exited: Promise<string>;
  /** Why it has ended, or `undefined` while it runs. */
  gone(): string | undefined;
  /** Sends SIGTERM to the whole process group, and SIGKILL after the grace period. Resolves when it has ended; may be called again. */
  stop(): Promise<void>;
  /** The last few kilobytes of the log. */
  tail(): string;
}

/**
 * Starts a server as the leader of a process group of its own. Its workers are stopped with it, and Ctrl-C in the terminal reaches only
 * the parent, which then stops its servers in order.
 *
 * If the parent dies without stopping it, even by SIGKILL, a small watchdog stops it: a killed test run leaves no servers behind.
 *
 * @throws {Error} if the command cannot be started.
 * @example
 * const server = await startProcess({ name: 'it', command: 'sleep', args: ['9'], env: process.env, log: '/tmp/it.log' });
 * await server.stop();
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { name, command, args, env, cwd, log, graceMs = 10_000 } = options;
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  const child = spawn(command, args, {
    env: { ...env },
    detached: true,
    stdio: ['ignore', output, output],
    ...(cwd === undefined ? {} : { cwd }),
  });
  closeSync(output);

  let gone: string | undefined;
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      gone = signal ? `was stopped by ${signal}` : `exited with code ${code}`;
      resolve(gone);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`cannot start ${name}: ${error.message}`)));
  });
  const pid = child.pid!;
  const watchdog = watch(pid);
  void exited.then(() => watchdog.kill('SIGKILL'));

  const signal = (what: 'SIGTERM' | 'SIGKILL'): void => {
    try {
      process.kill(-pid, what);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const stop = async (): Promise<void> => {
    if (gone === undefined) {
      signal('SIGTERM');
      const timer = setTimeout(() => signal('SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
    }
    // Workers that outlive the leader would keep the socket and the database open.
    signal('SIGKILL');
  };
  const server: RunningProcess = { pid, log, exited, gone: () => gone, stop, tail: () => tail(log) };
  running.add(server);
  void exited.then(() => running.delete(server));
  return server;
}

export interface ServingOptions {
  /** For messages: `MLflow 3.18.0`. */
  readonly name: string;
  readonly timeoutMs: number;
  /** Milliseconds between two requests. Default 50. */
  readonly everyMs?: number;
  /** Sends a request to the server. Returns `true`, or its response for the message. */
  readonly ask: () => Promise<true | string>;
}

/**
 * Waits until a started server answers, and stops it if it does not.
 *
 * @throws {Error} if the process ends or does not serve in time; the message ends with its log
 * @example
 * await untilServing(child, { name: 'it', timeoutMs: 20_000, ask: async () => (await accepts(port)) || 'no answer' });
 */
export async function untilServing(child: RunningProcess, options: ServingOptions): Promise<void> {
  const { name, timeoutMs, everyMs = 50, ask } = options;
  const deadline = performance.now() + timeoutMs;
  let last = 'no answer';
  while (child.gone() === undefined && performance.now() < deadline) {
    const answer = await ask().catch((error: Error) => error.message);
    if (answer === true) return;
    last = answer;
    await sleep(everyMs);
  }
  const why = child.gone() ?? `did not serve within ${timeoutMs / 1000} s (${last})`;
  await child.stop();
  throw new Error(`${name} ${why}; the end of ${child.log}:\n${child.tail()}`);
}

/** Its standard input closes when this process dies, however it dies. */
function watch(pid: number) {
  const script = `cat >/dev/null; kill -TERM -${pid} 2>/dev/null; sleep 5; kill -KILL -${pid} 2>/dev/null`;
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}

function tail(log: string): string {
  const { size } = statSync(log);
  const start = Math.max(0, size - TAIL_BYTES);
  const buffer = Buffer.alloc(size - start);
  const file = openSync(log, 'r');
  try {
    readSync(file, buffer, 0, buffer.length, start);
  } finally {
    closeSync(file);
  }
  return buffer.toString('utf8').trim();
}
