import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MlflowEnv } from './mlflow-env.ts';
import { startProcess, untilServing } from './process.ts';

/** Names the folder of a fork server, for the processes of a test run. */
const FOLDER = 'MLFLOW_GATEWAY_FORK_SERVER';
const PROGRAM = fileURLToPath(new URL('./mlflow-fork/fork_server.py', import.meta.url));

/**
 * Starts a server that imports MLflow once and forks a process for each start of it: one second of processor time for a start instead of
 * eight. `startMlflow` uses it in this process and in those that this one starts. MLflow runs as it is: the forked process runs its command,
 * and a start with other variables than MLflow has read while it was imported gets a process of its own. MLflow is imported
 * when the first start asks for it. Only on Linux; elsewhere, and beside a server that runs, it does nothing.
 *
 * @returns stops it, with the processes that it has forked
 * @throws {Error} if Python does not start
 * @example
 * const stop = await startForkServer(await mlflowEnv());
 */
export async function startForkServer(env: MlflowEnv): Promise<() => Promise<void>> {
  if (process.platform !== 'linux' || process.env[FOLDER] !== undefined) return async () => {};
  const folder = mkdtempSync(join(tmpdir(), 'fork-'));
  const server = await startProcess({
    name: 'the fork server',
    command: env.python,
    args: [PROGRAM, folder, join(env.dir, 'imported-by-server.txt')],
    env: usualVariables(),
    log: join(folder, basename(env.dir)),
  });
  await untilServing(server, {
    name: 'the fork server',
    timeoutMs: 60_000,
    ask: async () => existsSync(join(folder, 'socket')) || 'no socket',
  });
  process.env[FOLDER] = folder;
  return async () => {
    delete process.env[FOLDER];
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

/**
 * A program in place of an environment's Python, which a fork server runs, if there is one.
 *
 * @example
 * const command = forkingPython(env) ?? env.python;
 */
export function forkingPython(env: MlflowEnv): string | undefined {
  const folder = process.env[FOLDER];
  return folder !== undefined && existsSync(join(folder, basename(env.dir)))
    ? join(folder, 'python')
    : undefined;
}

/**
 * The variables of every MLflow server of tests: telemetry and the job runner are off. Variables of the caller's shell that configure MLflow or uvicorn
 * do not reach it.
 *
 * @example
 * spawn(env.mlflow, ['server'], { env: usualVariables() });
 */
export function usualVariables(): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(MLFLOW_|UVICORN_|GUNICORN_|GW_|PYTHONPATH$)/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    MLFLOW_DISABLE_TELEMETRY: 'true',
    DO_NOT_TRACK: 'true',
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
    PYTHONUNBUFFERED: '1',
  };
}
