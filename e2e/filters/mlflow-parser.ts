import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mlflowEnv } from '../../dev/mlflow-env.ts';

const SCRIPT = fileURLToPath(new URL('./read_filters.py', import.meta.url));

/** A comparison as MLflow's parser returns it: kind, key, comparator in capitals, value. */
export type Comparison = readonly [
  kind: string,
  key: string,
  comparator: string,
  value: string | { readonly number: string } | readonly string[] | null,
];

export interface Readings {
  readonly version: string;
  /** Which dialects this MLflow has. */
  readonly dialects: readonly string[];
  /** Every word that its sqlparse takes for more than a name. */
  readonly keywords: readonly string[];
  /** For each filter its comparisons, or null where MLflow refuses it. */
  readonly read: readonly (readonly Comparison[] | null)[];
}

export interface Question {
  readonly dialect: string;
  readonly text: string;
}

/**
 * Has MLflow's own parsers read filters, all in one Python process, each once.
 *
 * @throws {Error} that ends with Python's standard error
 */
export async function readByMlflow(questions: readonly Question[], version?: string): Promise<Readings> {
  const { python } = await mlflowEnv(version);
  const child = spawn(python, [SCRIPT], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      LANG: 'C.UTF-8',
      PYTHONDONTWRITEBYTECODE: '1',
      MLFLOW_DISABLE_TELEMETRY: 'true',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const asked = new Map<string, number>();
  const places = questions.map(({ dialect, text }) => {
    const question = JSON.stringify([dialect, text]);
    const place = asked.get(question) ?? asked.size;
    asked.set(question, place);
    return place;
  });
  child.stdin.end(`{"filters":[${[...asked.keys()].join(',')}]}`);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) {
    const readings = JSON.parse(Buffer.concat(out).toString('utf8')) as Readings;
    return { ...readings, read: places.map((place) => readings.read[place]!) };
  }
  throw new Error(
    `read_filters.py exited with ${code}:\n${Buffer.concat(err).toString('utf8').slice(-4_000)}`,
  );
}
