import { expect } from 'vitest';
import type { Fetch } from '../../dev/http.ts';
import { unique } from './stack.ts';

/**
 * Requests of one caller, as MLflow's REST API has them.
 *
 * @example
 * const { id, uri } = await new Caller(stack.as('team-a')).run('0');
 */
export class Caller {
  readonly #fetch: Fetch;
  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  async get(path: string): Promise<{ status: number; body: Record<string, unknown>; text: string }> {
    return this.#read(await this.#fetch(path));
  }

  async post(path: string, json: unknown, method = 'POST') {
    return this.#read(await this.#fetch(path, { json, method }));
  }

  async put(path: string, body: string) {
    return this.#read(await this.#fetch(path, { method: 'PUT', body: Buffer.from(body) }));
  }

  async delete(path: string) {
    return this.#read(await this.#fetch(path, { method: 'DELETE' }));
  }

  async #read(answer: Response) {
    const text = await answer.text();
    const json = text.startsWith('{');
    return { status: answer.status, text, body: json ? (JSON.parse(text) as Record<string, unknown>) : {} };
  }

  async experiment(name = unique('exp')): Promise<string> {
    const { body, status, text } = await this.post('/api/2.0/mlflow/experiments/create', { name });
    expect(status, text).toBe(200);
    return String(body.experiment_id);
  }

  async run(experiment_id: string): Promise<{ id: string; uri: string }> {
    const { body, text } = await this.post('/api/2.0/mlflow/runs/create', { experiment_id });
    const info = (body.run as { info?: { run_id: string; artifact_uri: string } } | undefined)?.info;
    expect(info, text).toBeDefined();
    return { id: info!.run_id, uri: info!.artifact_uri };
  }

  async model(name = unique('model')): Promise<string> {
    const { status, text } = await this.post('/api/2.0/mlflow/registered-models/create', { name });
    expect(status, text).toBe(200);
    return name;
  }

  async runsIn(experiment_ids: string[], filter = ''): Promise<string[]> {
    const { body, status, text } = await this.post('/api/2.0/mlflow/runs/search', { experiment_ids, filter });
    expect(status, text).toBe(200);
    return ((body.runs ?? []) as { info: { run_id: string } }[]).map(({ info }) => info.run_id);
  }
}

/** Where the artifact proxy has a file of a run. */
export const proxied = (uri: string, file: string): string =>
  `/api/2.0/mlflow-artifacts/artifacts/${uri.replace('mlflow-artifacts:/', '')}/${file}`;
