import { expect } from 'vitest';
import { type Ask, ask, type Load } from '../cluster/support/caller.ts';

/** Longer than MLflow's store may be busy. */
const TIMEOUT_MS = 20_000;

/** An experiment for one load, with the requests of the load: reads, and runs whose names are unique. */
export interface Work {
  readonly requests: readonly Ask[];
  /** @throws Error unless MLflow has a run of each creation that got a 200, exactly one, and no other run */
  expectEachWriteOnce(load: Load): Promise<void>;
}

/**
 * Makes an experiment, and requests that MLflow's client sends during a training.
 *
 * @example
 * const { requests, expectEachWriteOnce } = await newWork('http://gateway', await identity.token('team-a'), 'upgrade');
 */
export async function newWork(base: string, token: string, name: string): Promise<Work> {
  const headers = { authorization: `Bearer ${token}` };
  const call = async (path: string, json?: object): Promise<Record<string, unknown>> => {
    const request = { url: `${base}/api/2.0/mlflow/${path}`, headers, timeoutMs: TIMEOUT_MS };
    const { status, text, error } = await ask(json === undefined ? request : { ...request, json });
    if (status !== 200) throw new Error(`${path}: ${status ?? error} ${text ?? ''}`);
    return JSON.parse(text!);
  };
  const { experiment_id: id } = await call('experiments/create', { name });
  const requests = [
    { url: 'runs/create', json: { experiment_id: id, start_time: 1, run_name: '{serial}' } },
    { url: `experiments/get?experiment_id=${id}` },
    { url: 'runs/search', json: { experiment_ids: [id], max_results: 5 } },
  ].map((request) => ({
    ...request,
    url: `${base}/api/2.0/mlflow/${request.url}`,
    headers,
    timeoutMs: TIMEOUT_MS,
  }));

  const runNames = async (): Promise<readonly string[]> => {
    const names: string[] = [];
    let page: unknown;
    do {
      const query = {
        experiment_ids: [id],
        max_results: 500,
        ...(page !== undefined && { page_token: page }),
      };
      const { runs = [], next_page_token: next } = await call('runs/search', query);
      names.push(...(runs as { info: { run_name: string } }[]).map(({ info }) => info.run_name));
      page = next;
    } while (page !== undefined);
    return names;
  };
  return {
    requests,
    expectEachWriteOnce: async ({ made }) => {
      expect(made.length).toBeGreaterThan(0);
      expect((await runNames()).toSorted()).toEqual(made.toSorted());
    },
  };
}
