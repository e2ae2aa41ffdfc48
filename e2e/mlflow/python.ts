import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mlflowEnv } from '../../dev/mlflow-env.ts';

const CLIENTS = fileURLToPath(new URL('./clients/', import.meta.url));

/** What a client script prints (clients/session.py). */
export interface ClientReport {
  /** Requests sent. */
  readonly calls: number;
  /** HTTP status -> how many. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Step -> what it returned. */
  readonly results: Readonly<Record<string, unknown>>;
  /** Step -> what went wrong, with the requests that were refused. */
  readonly failures: Readonly<Record<string, unknown>>;
}

/** The ids that day_of_work.py made. */
export interface DayIds {
  readonly experiment_id: string;
  readonly experiment_name: string;
  readonly run_id: string;
  readonly run_ids: readonly string[];
  readonly model_name: string;
  readonly model_version: string;
  readonly model_uri: string;
  readonly logged_model_ids: readonly string[];
  readonly trace_ids: readonly string[];
  readonly prompt_name: string;
  readonly dataset_id: string;
  readonly artifact_uri: string;
}

export interface PythonOptions {
  /** What makes the client somebody (`Stack.clientEnv`). */
  readonly env: Readonly<Record<string, string>>;
  /** Its working directory and home: MLflow's client writes caches there, and must not read the developer's. */
  readonly dir: string;
  readonly version?: string;
  /** Where the script is; default: clients/ beside this file. */
  readonly clients?: string;
}

/**
 * Runs a script of clients/ with MLflow's own Python client and returns its report.
 *
 * @throws {Error} when it prints no report; the message ends with its standard error.
 * @example
 * const day = await runClient('day_of_work.py', ['name-prefix'], { env: await stack.clientEnv('team-a'), dir });
 */
export async function runClient<Report extends ClientReport = ClientReport>(
  script: string,
  args: readonly string[],
  options: PythonOptions,
): Promise<Report> {
  const { python } = await mlflowEnv(options.version);
  const home = join(options.dir, 'home');
  mkdirSync(home, { recursive: true });
  const child = spawn(python, [join(options.clients ?? CLIENTS, script), ...args], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      LANG: 'C.UTF-8',
      // Beside the scripts it would litter the checkout.
      PYTHONDONTWRITEBYTECODE: '1',
      MLFLOW_DISABLE_TELEMETRY: 'true',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  try {
    return JSON.parse(Buffer.concat(out).toString('utf8')) as Report;
  } catch {
    const tail = Buffer.concat(err).toString('utf8').slice(-4_000);
    throw new Error(`${script} exited with ${code} and printed no report:\n${tail}`);
  }
}
