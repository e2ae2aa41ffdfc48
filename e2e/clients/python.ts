import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Layer, layeredEnv } from '../../dev/layered-env.ts';
import { type MlflowEnv, mlflowEnv } from '../../dev/mlflow-env.ts';

const SCRIPTS = fileURLToPath(new URL('./scripts/', import.meta.url));

/** Keras on JAX, the smallest deep-learning stack, with the packages that MLflow does not install (docs/adr/0023-clients-compared.md). */
const DEEP_LEARNING: Layer = {
  name: 'keras',
  packages: [
    'absl-py==2.5.1',
    'h5py==3.16.0',
    'jax==0.10.2',
    'jaxlib==0.10.2',
    'keras==3.15.1',
    'markdown-it-py==4.3.0',
    'mdurl==0.1.2',
    'ml-dtypes==0.6.0',
    'namex==0.1.0',
    'opt-einsum==3.4.0',
    'optree==0.20.0',
    'pygments==2.21.0',
    'rich==15.0.0',
  ],
};

export interface PythonOptions {
  /** The environment with the client's credentials (`Stack.clientEnv`). */
  readonly env: Readonly<Record<string, string>>;
  /** Its working directory and home: MLflow's client writes caches there, and must not read the developer's. */
  readonly dir: string;
  /** An MLflow without further packages; default: the usual one, with packages for deep learning. */
  readonly version?: string;
  /** The Python to use, in place of an environment with `version`. */
  readonly python?: string;
  /** Where the script is, if not in scripts/. */
  readonly scripts?: string;
}

/** A script of scripts/ that is running. */
export interface Client {
  /** Resolves with its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
  /** Its output so far. */
  out(): string;
  err(): string;
}

/**
 * Starts a script of scripts/ with MLflow's own Python client.
 *
 * @throws {Error} when Python cannot be started.
 * @example
 * const client = await startClient('errors.py', ['upload', folder], { env, dir });
 * client.kill('SIGKILL');
 */
export async function startClient(
  script: string,
  args: readonly string[],
  options: PythonOptions,
): Promise<Client> {
  const { version, scripts = SCRIPTS } = options;
  const python = options.python ?? (await environmentOf(version)).python;
  const home = join(options.dir, 'home');
  mkdirSync(home, { recursive: true });
  const child = spawn(python, [join(scripts, script), ...args], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      LANG: 'C.UTF-8',
      // The order of a set depends on hashes, which Python seeds for each process.
      PYTHONHASHSEED: '0',
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
  const exited = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code!));
  });
  const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
  return { exited, kill: (signal) => child.kill(signal), out: () => text(out), err: () => text(err) };
}

const environmentOf = (version: string | undefined): Promise<MlflowEnv> =>
  version === undefined ? layeredEnv(DEEP_LEARNING) : mlflowEnv(version);

/**
 * Runs a script of scripts/ to its end and returns the JSON that it prints.
 *
 * @throws {Error} when it prints no report; the message ends with its standard error.
 * @example
 * const day = await runClient<DayReport>('day_of_work.py', [], { env: await stack.clientEnv('team-a'), dir });
 */
export async function runClient<Report>(
  script: string,
  args: readonly string[],
  options: PythonOptions,
): Promise<Report> {
  const client = await startClient(script, args, options);
  const end = await client.exited;
  try {
    return JSON.parse(client.out()) as Report;
  } catch {
    throw new Error(`${script} ended with ${end} and printed no report:\n${client.err().slice(-4_000)}`);
  }
}
