import http from 'node:http';
import https from 'node:https';
import { LIMITS } from '../../limits.ts';
import { get } from './get.ts';

/** Paths that every MLflow serves to all callers, with or without credentials. */
export interface PublicPaths {
  /** The health check, which answers `OK`. */
  readonly health: string;
  /** The version. */
  readonly version: string;
}

/** Whether MLflow listens at an address and port. */
export type Identified = 'mlflow' | 'other' | 'unclear';

/**
 * Checks whether MLflow listens at a port that the operator has allowed for another program. Other web servers also serve `/health`,
 * some with `OK`, so both the health check and the version must be MLflow's; MLflow's auth apps answer the version with 401 or 403.
 *
 * @param paths at MLflow's root, and below its path prefix if it has one
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

/** `undefined` if there is no response in time. */
function ask(
  client: typeof http | typeof https,
  host: string,
  port: number,
  path: string,
): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const request = get(client, host, port, path, LIMITS.identifyTime.value);
    request.on('error', () => resolve(undefined));
    request.on('response', (answer) => {
      let text = '';
      const done = (): void => {
        resolve({ status: answer.statusCode!, text });
        answer.destroy();
      };
      answer.on('error', () => resolve(undefined));
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        if (text.length > LIMITS.identifyResponse.value) done();
      });
      answer.on('end', done);
    });
  });
}
