import { expect } from 'vitest';
import type { Fetch } from '../../dev/http.ts';

export const API = '/api/2.0/mlflow';
export const API3 = '/api/3.0/mlflow';
/** MLflow's artifact proxy. */
export const PROXY = '/api/2.0/mlflow-artifacts/artifacts';

// biome-ignore lint/suspicious/noExplicitAny: a response of MLflow that is misread fails its test
export type Json = Record<string, any>;

/** Sends a request and returns the JSON of its response; fails the test unless the status is 200. */
export async function ok(fetch: Fetch, path: string, json?: unknown, method?: string): Promise<Json> {
  const init = { ...(json === undefined ? {} : { json }), ...(method === undefined ? {} : { method }) };
  const answer = await fetch(path, init);
  const text = await answer.text();
  expect(answer.status, `${path}: ${text}`).toBe(200);
  return text.startsWith('{') ? (JSON.parse(text) as Json) : {};
}

/**
 * The path of an artifact URI below the artifact proxy.
 *
 * @example
 * artifactPath('mlflow-artifacts:/1/r/artifacts'); // '1/r/artifacts'
 * artifactPath('mlflow-artifacts:/1/r/artifacts', 'a.txt'); // '1/r/artifacts/a.txt'
 */
export function artifactPath(uri: string, file?: string): string {
  const path = uri.replace(/^mlflow-artifacts:\/+/, '');
  return file === undefined ? path : `${path}/${file}`;
}

/** The request path of a file at the artifact proxy. */
export function proxied(uri: string, file: string): string {
  return `${PROXY}/${artifactPath(uri, file)}`;
}
