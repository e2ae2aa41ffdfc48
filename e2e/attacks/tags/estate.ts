import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Fetch } from '../../../dev/http.ts';
import { freePort } from '../../../dev/ports.ts';
import { otlpProtobuf } from '../../harness/otlp.ts';
import { type Stack, startStack, unique } from '../../harness/stack.ts';
import { type Genai, makeGenai } from './estate-genai.ts';
import { MlflowStore } from './mlflow-store.ts';
import { type Relay, startRelay } from './relay.ts';

export const API = '/api/2.0/mlflow';
export const API3 = '/api/3.0/mlflow';
export const PROXY = '/api/2.0/mlflow-artifacts/artifacts';

/** The attacker and the one attacked. */
export const MINE = 'team-a';
export const THEIRS = 'team-b';
export const THIRD = 'team-c';

// biome-ignore lint/suspicious/noExplicitAny: answers of MLflow, of which a wrong reading fails the test
export type Json = Record<string, any>;

/** One of everything that a tenant can have, with a secret in all of it that can be read. */
export interface Estate extends Genai {
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
  /** A trace with a tag `note`, and its id to OpenTelemetry. */
  readonly trace: string;
  /** A trace in the shared experiment. */
  readonly sharedTrace: string;
  /** Feedback on the trace, overridden by another. */
  readonly assessment: string;
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
  /** Of MLflow's data. */
  readonly dir: string;
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
    dir: join(stack.dir, 'mlflow'),
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
export async function makeEstate(mlflow: Fetch, tenant: string, dir: string): Promise<Estate> {
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
  const trace = await makeTrace(mlflow, experiment_id, secret, tags);
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
    trace,
    sharedTrace: await makeTrace(mlflow, '0', secret, tags),
    assessment: await makeAssessment(mlflow, trace, secret),
    ...(await makeGenai({ mlflow, experiment: experiment_id, tenant, secret, dir })),
  };
}

/** A trace as clients make it: by the third API, and where that is missing (before 3.2) by the second. */
export async function makeTrace(
  mlflow: Fetch,
  experiment_id: string,
  secret: string,
  tags: readonly { readonly key: string; readonly value: string }[],
): Promise<string> {
  const trace_id = `tr-${randomBytes(16).toString('hex')}`;
  const trace_info = {
    ...traceInfo(trace_id, experiment_id),
    request_preview: secret,
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    trace_metadata: { m: secret, 'mlflow.trace.session': `session-${secret}` },
  };
  const answer = await mlflow(`${API3}/traces`, { json: { trace: { trace_info } } });
  const text = await answer.text();
  if (answer.status === 200) {
    await sendSpan(mlflow, experiment_id, trace_id, secret);
    return trace_id;
  }
  expect([404, 405], text).toContain(answer.status);
  const request_metadata = [{ key: 'm', value: secret }];
  const started = await ok(mlflow, `${API}/traces`, {
    experiment_id,
    timestamp_ms: 1,
    request_metadata,
    tags,
  });
  return started.trace_info.request_id;
}

/** One span that tells the secret. */
async function sendSpan(mlflow: Fetch, experiment: string, trace: string, secret: string): Promise<void> {
  const answer = await mlflow('/v1/traces', {
    method: 'POST',
    body: otlpProtobuf(trace.replace('tr-', ''), [['said', secret]]),
    headers: { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': experiment },
  });
  expect(answer.status, await answer.text()).toBe(200);
}

/** The least that the third API takes for a new trace. */
export function traceInfo(trace_id: string, experiment_id: string): Json {
  return {
    trace_id,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } },
    request_time: '2024-01-01T00:00:00Z',
    execution_duration: '1s',
    state: 'OK',
  };
}

/** Feedback on a trace; before 3.2 there is none. */
async function makeAssessment(mlflow: Fetch, trace: string, secret: string): Promise<string> {
  const assess = (more: Json): Promise<Response> =>
    mlflow(`${API3}/traces/${trace}/assessments`, {
      json: { assessment: { ...feedback(trace, secret), ...more } },
    });
  const answer = await assess({});
  const text = await answer.text();
  if (answer.status !== 200) return 'a-0123456789abcdef0123456789abcdef';
  const { assessment_id } = (JSON.parse(text) as Json).assessment;
  const overriding = await assess({ overrides: assessment_id });
  expect(overriding.status, await overriding.text()).toBe(200);
  return assessment_id;
}

export function feedback(trace_id: string, value: string): Json {
  return {
    assessment_name: 'good',
    trace_id,
    source: { source_type: 'HUMAN', source_id: 'h' },
    create_time: '2024-01-01T00:00:00Z',
    last_update_time: '2024-01-01T00:00:00Z',
    feedback: { value },
    rationale: value,
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
