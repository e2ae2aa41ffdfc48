import http from 'node:http';
import https from 'node:https';
import { LIMITS } from '../../limits.ts';

/** Paths that every MLflow answers to anybody, whatever else it asks for. */
export interface PublicPaths {
  /** Its health check, which answers `OK`. */
  readonly health: string;
  /** Its version. */
  readonly version: string;
}

/** Whether it is MLflow that listens at an address and port. */
export type Identified = 'mlflow' | 'other' | 'unclear';

/**
 * Asks whether MLflow listens where an operator has allowed something else to. Other web servers answer at `/health` as
 * well, some of them with `OK`, so both its health check and its version must be MLflow's; an app of MLflow's that asks
 * for credentials does so for the version (401, 403).
 *
 * @param paths at its root, and below its path prefix where it has one
 */
export async function identify(
  host: string,
  port: number,
  paths: readonly PublicPaths[],
): Promise<Identified> {
  let unclear = false;
  for (const { health, version } of paths) {
    for (const client of [http, https]) {
      const well = await ask(client, host, port, health);
      if (well === undefined) unclear = true;
      if (well?.status !== 200 || well.text.trim() !== 'OK') continue;
      const named = await ask(client, host, port, version);
      if (named === undefined) return 'unclear';
      if (named.status === 401 || named.status === 403) return 'mlflow';
      if (named.status === 200 && /^\d+\.\d+\.\w+/.test(named.text)) return 'mlflow';
    }
  }
  return unclear ? 'unclear' : 'other';
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** `undefined` when there is no answer in time. */
function ask(
  client: typeof http | typeof https,
  host: string,
  port: number,
  path: string,
): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const asked = client.get({
      host,
      port,
      path,
      agent: false,
      signal: AbortSignal.timeout(LIMITS.identifyTime.value),
      // Nothing is believed of the answer, and nothing secret is sent.
      rejectUnauthorized: false,
    });
    asked.on('error', () => resolve(undefined));
    asked.on('response', (answer) => {
      let text = '';
      const done = (): void => {
        resolve({ status: answer.statusCode!, text });
        answer.destroy();
      };
      answer.on('error', () => resolve(undefined));
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        if (text.length > LIMITS.identifyAnswer.value) done();
      });
      answer.on('end', done);
    });
  });
}
