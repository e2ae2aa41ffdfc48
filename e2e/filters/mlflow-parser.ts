import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
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
  /** The dialects of this MLflow. */
  readonly dialects: readonly string[];
  /** Every keyword of its sqlparse. */
  readonly keywords: readonly string[];
  /** The comparisons of each filter, or null if MLflow rejects it. */
  readonly read: readonly (readonly Comparison[] | null)[];
}

export interface Question {
  readonly dialect: string;
  readonly text: string;
}

/**
 * Reads filters with MLflow's own parsers, each filter once. Each version has one Python process until `endReaders`, since importing
 * MLflow takes seconds.
 *
 * @throws {Error} that ends with Python's standard error
 */
export async function readByMlflow(questions: readonly Question[], version?: string): Promise<Readings> {
  const asked = new Map<string, number>();
  const places = questions.map(({ dialect, text }) => {
    const question = JSON.stringify([dialect, text]);
    const place = asked.get(question) ?? asked.size;
    asked.set(question, place);
    return place;
  });
  const reader = await readerOf(version);
  const readings = JSON.parse(await reader.ask(`{"filters":[${[...asked.keys()].join(',')}]}`)) as Readings;
  return { ...readings, read: places.map((place) => readings.read[place]!) };
}

/** Ends the Python processes of `readByMlflow`. */
export async function endReaders(): Promise<void> {
  const readers = [...READERS.values()];
  READERS.clear();
  for (const reader of readers) (await reader).end();
}

interface Reader {
  /** Sends one line and returns the answer to it. */
  ask(line: string): Promise<string>;
  end(): void;
}

const READERS = new Map<string | undefined, Promise<Reader>>();

function readerOf(version: string | undefined): Promise<Reader> {
  const existing = READERS.get(version);
  if (existing !== undefined) return existing;
  const started = mlflowEnv(version).then(({ python }) => startReader(python));
  READERS.set(version, started);
  return started;
}

function startReader(python: string): Reader {
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
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk}`.slice(-4_000);
  });
  child.stdin.on('error', () => {});
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`read_filters.py exited with ${code}:\n${errors}`)));
  });
  failed.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const ask = (line: string): Promise<string> => {
    const answer = last.then(async () => {
      child.stdin.write(`${line}\n`);
      const { value, done } = await Promise.race([lines.next(), failed]);
      return done === true ? failed : value;
    });
    last = answer.catch(() => {});
    return answer;
  };
  return { ask, end: () => child.stdin.end() };
}
