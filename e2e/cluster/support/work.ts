import { type Ask, as, ask } from './caller.ts';

/** MLflow rejects unknown host names; an attacker sends a known one. */
export const LOCAL = { host: 'localhost' };

/** A request that reads what the caller may see. */
export const SEARCH = '/api/2.0/mlflow/experiments/search?max_results=5';

let serial = 0;

/**
 * Creates an experiment as a caller and returns its id.
 *
 * @throws Error with MLflow's response if it fails
 */
export async function newExperiment(base: string, username: string): Promise<string> {
  const name = `e2e-${Date.now().toString(36)}-${++serial}`;
  const url = `${base}/api/2.0/mlflow/experiments/create`;
  const { status, text, error } = await ask({
    url,
    json: { name },
    headers: await as(username),
    timeoutMs: 30_000,
  });
  if (status !== 200) throw new Error(`no experiment was made: ${status ?? error} ${text ?? ''}`);
  return JSON.parse(text!).experiment_id;
}

/** Typical requests of MLflow's client, for `underLoad`: reads, and writes with a body. */
export async function work(base: string, username: string): Promise<readonly Ask[]> {
  const headers = await as(username);
  const id = await newExperiment(base, username);
  const at = (path: string): string => `${base}/api/2.0/mlflow/${path}`;
  return [
    { url: base + SEARCH, headers },
    { url: at('runs/create'), json: { experiment_id: id, start_time: 1 }, headers },
    { url: at(`experiments/get?experiment_id=${id}`), headers },
    { url: at('runs/search'), json: { experiment_ids: [id], max_results: 5 }, headers },
  ].map((request) => ({ ...request, timeoutMs: 20_000 }));
}
