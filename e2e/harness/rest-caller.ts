import { expect } from 'vitest';
import type { Fetch } from '../../dev/http.ts';
import { type Send, sendBy } from './requests/operations.ts';
import { unique } from './stack.ts';
import { createExperiment, createRegisteredModel, createRun } from './world/resources.ts';

/**
 * Sends requests of MLflow's REST API as one caller.
 *
 * @example
 * const { id, uri } = await new RestCaller(stack.as('team-a')).run('0');
 */
export class RestCaller {
  readonly #fetch: Fetch;
  readonly #send: Send;
  constructor(fetch: Fetch) {
    this.#fetch = fetch;
    this.#send = sendBy(fetch);
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
    return createExperiment(this.#send, { name });
  }

  async run(experiment_id: string): Promise<{ id: string; uri: string }> {
    const { run_id, artifact_uri } = await createRun(this.#send, { experiment_id });
    return { id: run_id, uri: artifact_uri };
  }

  async model(name = unique('model')): Promise<string> {
    return createRegisteredModel(this.#send, { name });
  }

  async runsIn(experiment_ids: string[], filter = ''): Promise<string[]> {
    const { body, status, text } = await this.post('/api/2.0/mlflow/runs/search', { experiment_ids, filter });
    expect(status, text).toBe(200);
    return ((body.runs ?? []) as { info: { run_id: string } }[]).map(({ info }) => info.run_id);
  }
}
