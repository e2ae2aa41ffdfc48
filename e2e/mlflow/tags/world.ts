import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Fetch } from '../../../dev/http.ts';
import { freePort } from '../../../dev/ports.ts';
import { type Stack, startStack, unique } from '../stack.ts';
import { type Relay, startRelay } from './relay.ts';
import { MlflowStore } from './store.ts';

export const API = '/api/2.0/mlflow';
export const PROXY = '/api/2.0/mlflow-artifacts/artifacts';

/** The attacker and the one attacked. */
export const MINE = 'team-a';
export const THEIRS = 'team-b';
export const THIRD = 'team-c';

// biome-ignore lint/suspicious/noExplicitAny: answers of MLflow, of which a wrong reading fails the test
export type Json = Record<string, any>;

/** One of everything that a tenant can have, with a secret in all of it that can be read. */
export interface Estate {
  readonly tenant: string;
  readonly secret: string;
  readonly experiment: string;
  readonly experimentName: string;
  readonly run: string;
  /** `mlflow-artifacts:/<experiment>/<run>/artifacts`, with `secret.txt` in it. */
  readonly runUri: string;
  /** A run in the shared experiment. */
  readonly sharedRun: string;
  readonly model: string;
  readonly modelUri: string;
  /** A registered model with a version `1`, an alias `champion` and a tag `note`. */
  readonly registered: string;
}

/** What the tests of this folder run against: a gateway, a relay behind it, and MLflow without workspaces behind that. */
export interface Scene {
  readonly stack: Stack;
  readonly relay: Relay;
  /** The attacker, through the gateway. */
  readonly attacker: Fetch;
  /** The owner, through the gateway. */
  readonly owner: Fetch;
  /** Past the gateway: what MLflow itself does and has. */
  readonly direct: Fetch;
  readonly store: MlflowStore;
  stop(): Promise<void>;
}

export async function openScene(version?: string): Promise<Scene> {
  const port = await freePort();
  const relay = await startRelay(port);
  const stack = await startStack({
    auth: 'oidc',
    workspaces: false,
    mlflow: { listen: { port }, ...(version === undefined ? {} : { version }) },
    env: { GW_TARGET_BASE_URL: relay.address, GW_TENANT_ARTIFACT_ROOT: 'mlflow-artifacts:/tenants/{tenant}' },
  }).catch((error: unknown) => {
    relay.close();
    throw error;
  });
  return {
    stack,
    relay,
    attacker: stack.as(MINE, 'admin'),
    owner: stack.as(THEIRS, 'admin'),
    direct: stack.direct(),
    store: new MlflowStore(join(stack.dir, 'mlflow')),
    async stop() {
      await stack.stop();
      relay.close();
    },
  };
}

/** Sends and reads, and fails the test unless it went well. */
export async function ok(fetch: Fetch, path: string, json?: unknown, method?: string): Promise<Json> {
  const init = { ...(json === undefined ? {} : { json }), ...(method === undefined ? {} : { method }) };
  const answer = await fetch(path, init);
  const text = await answer.text();
  expect(answer.status, `${path}: ${text}`).toBe(200);
  return text.startsWith('{') ? (JSON.parse(text) as Json) : {};
}

/** Makes an estate straight in MLflow, tagged as the gateway would tag it (other tests show that it does). */
export async function makeEstate(mlflow: Fetch, tenant: string): Promise<Estate> {
  const secret = `secret-${randomBytes(8).toString('hex')}`;
  const tags = [
    { key: 'tenant', value: tenant },
    { key: 'note', value: secret },
  ];
  const post = (path: string, json: unknown): Promise<Json> => ok(mlflow, `${API}/${path}`, json);
  const experimentName = unique('experiment');
  const { experiment_id } = await post('experiments/create', { name: experimentName, tags });
  const { run } = await post('runs/create', { experiment_id, run_name: secret, tags });
  const run_id: string = run.info.run_id;
  await post('runs/log-batch', {
    run_id,
    metrics: [{ key: secret, value: 1, timestamp: 1, step: 0 }],
    params: [{ key: 'p', value: secret }],
  });
  await post('runs/log-inputs', {
    run_id,
    datasets: [{ dataset: { name: 'd', digest: '1', source_type: 's', source: secret } }],
  });
  const shared = await post('runs/create', { experiment_id: '0', run_name: secret, tags });
  const { model_id, artifact_uri } = await makeModel(mlflow, { experiment_id, source_run_id: run_id, tags });
  for (const uri of [run.info.artifact_uri, artifact_uri] as string[]) await putSecret(mlflow, uri, secret);
  const name = unique('registered');
  await post('registered-models/create', { name, description: secret, tags });
  await post('model-versions/create', { name, source: run.info.artifact_uri, run_id, tags });
  await post('registered-models/alias', { name, alias: 'champion', version: '1' });
  return {
    tenant,
    secret,
    experiment: experiment_id,
    experimentName,
    run: run_id,
    runUri: run.info.artifact_uri,
    sharedRun: shared.run.info.run_id,
    model: model_id,
    modelUri: artifact_uri,
    registered: name,
  };
}

/** In an MLflow before 3.0 there are no logged models: then the id is nobody's. */
async function makeModel(mlflow: Fetch, model: Json): Promise<{ model_id: string; artifact_uri: string }> {
  const answer = await mlflow(`${API}/logged-models`, { json: { ...model, name: 'lm' } });
  const text = await answer.text();
  if (answer.status === 200) return (JSON.parse(text) as Json).model.info;
  expect(answer.status, text).toBe(404);
  const model_id = `m-${randomBytes(16).toString('hex')}`;
  const artifact_uri = `mlflow-artifacts:/${model.experiment_id}/models/${model_id}/artifacts`;
  return { model_id, artifact_uri };
}

async function putSecret(mlflow: Fetch, uri: string, secret: string): Promise<void> {
  const answer = await mlflow(`${PROXY}/${placeOf(uri)}/secret.txt`, {
    method: 'PUT',
    body: Buffer.from(secret),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

/** Where the artifact proxy has a URI. */
export function placeOf(uri: string): string {
  return uri.replace('mlflow-artifacts:/', '');
}
