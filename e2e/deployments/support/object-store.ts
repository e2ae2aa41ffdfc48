import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type Fetch, fetcher } from '../../../dev/http.ts';
import { DEFAULT_MLFLOW_VERSION, mlflowEnv } from '../../../dev/mlflow-env.ts';
import { freePort } from '../../../dev/ports.ts';
import { startProcess } from '../../../dev/process.ts';
import { EXTRAS } from './environment.ts';

/** A storage that speaks S3. */
export interface ObjectStore {
  readonly address: string;
  /** For MLflow's server. */
  readonly env: Readonly<Record<string, string>>;
  /** Straight at the store, without credentials. */
  readonly fetch: Fetch;
  /** The request lines it was sent so far, with their status: `PUT /bucket/key?partNumber=1... 200`. */
  requests(): readonly string[];
  stop(): Promise<void>;
}

const START_TRIES = 300;

/**
 * Starts moto's server: S3's interface, in memory. It checks no signatures and no times, and takes the id of an upload for
 * whatever key it belongs to, where S3 refuses another key's: what it was asked for is what tests look at.
 *
 * @throws Error when it does not start
 */
export async function startObjectStore(...buckets: readonly string[]): Promise<ObjectStore> {
  const { dir: env } = await mlflowEnv(DEFAULT_MLFLOW_VERSION, undefined, EXTRAS);
  const dir = mkdtempSync(join(tmpdir(), 's3-'));
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const server = await startProcess({
    name: 'moto',
    command: join(env, 'bin/moto_server'),
    args: ['-H', '127.0.0.1', '-p', String(port)],
    env: { PATH: process.env.PATH, HOME: dir },
    log: join(dir, 'moto.log'),
  });
  const fetch = fetcher(address);
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  for (let left = START_TRIES; ; left--) {
    if (await fetch('/moto-api/').then(Boolean, () => false)) break;
    if (left === 0 || server.gone() !== undefined) {
      const tail = server.tail();
      await stop();
      throw new Error(`moto did not start:\n${tail}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const bucket of buckets) {
    const made = await fetch(`/${bucket}`, { method: 'PUT' });
    if (made.status !== 200) throw new Error(`moto made no bucket ${bucket}: ${await made.text()}`);
  }
  return {
    address,
    fetch,
    env: {
      MLFLOW_S3_ENDPOINT_URL: address,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    requests() {
      // Lines of refusals are in colours.
      const log = stripVTControlCharacters(readFileSync(join(dir, 'moto.log'), 'utf8'));
      const lines = log.matchAll(/"([A-Z]+ \S+) HTTP\/1\.\d" (\d+)/g);
      return [...lines].map(([, line, status]) => `${line} ${status}`);
    },
    stop,
  };
}
