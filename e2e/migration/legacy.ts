import type { Fetch } from '../../dev/http.ts';
import { API, API3, type Json, makeTrace, ok, PROXY, placeOf } from '../attacks/tags/estate.ts';
import { unique } from '../harness/stack.ts';

/** What a company has that used MLflow before the gateway: nothing in it has an owner's tag. */
export interface Legacy {
  readonly experiment: string;
  readonly experimentName: string;
  readonly secret: string;
  /** With a metric and an artifact `secret.txt`. */
  readonly parent: string;
  readonly child: string;
  /** A deleted run. */
  readonly deleted: string;
  readonly runUri: string;
  /** With a version `1` and an alias `champion`. */
  readonly model: string;
  /** A prompt with a version `1`. */
  readonly prompt: string;
  readonly trace: string;
  /** `undefined` where MLflow has none (before 3.0, and 3.5). */
  readonly loggedModel: string | undefined;
  readonly dataset: string | undefined;
}

/** Makes such data straight in MLflow. */
export async function makeLegacy(mlflow: Fetch): Promise<Legacy> {
  const secret = unique('secret');
  const post = (path: string, json: unknown): Promise<Json> => ok(mlflow, `${API}/${path}`, json);
  const experimentName = unique('legacy');
  const { experiment_id } = await post('experiments/create', { name: experimentName });
  const run = async (tags: Json[] = []): Promise<Json> =>
    (await post('runs/create', { experiment_id, run_name: secret, start_time: 1, tags })).run.info;
  const parent = await run();
  const child = await run([{ key: 'mlflow.parentRunId', value: parent.run_id }]);
  const deleted = await run();
  await post('runs/log-batch', {
    run_id: parent.run_id,
    metrics: [{ key: 'rmse', value: 0.5, timestamp: 1, step: 0 }],
    params: [{ key: 'p', value: secret }],
  });
  const put = await mlflow(`${PROXY}/${placeOf(parent.artifact_uri)}/secret.txt`, {
    method: 'PUT',
    body: Buffer.from(secret),
  });
  if (!put.ok) throw new Error(`the artifact was not taken: ${put.status}`);
  await post('runs/delete', { run_id: deleted.run_id });
  const model = unique('model');
  await post('registered-models/create', { name: model });
  await post('model-versions/create', { name: model, source: parent.artifact_uri, run_id: parent.run_id });
  await post('registered-models/alias', { name: model, alias: 'champion', version: '1' });
  return {
    experiment: experiment_id,
    experimentName,
    secret,
    parent: parent.run_id,
    child: child.run_id,
    deleted: deleted.run_id,
    runUri: parent.artifact_uri,
    model,
    prompt: await makePrompt(mlflow),
    trace: await makeTrace(mlflow, experiment_id, secret, []),
    loggedModel: await optional(
      mlflow,
      `${API}/logged-models`,
      { experiment_id, name: 'lm', source_run_id: parent.run_id },
      (made) => made.model.info.model_id,
    ),
    dataset: await optional(
      mlflow,
      `${API3}/datasets/create`,
      { name: secret, experiment_ids: [experiment_id] },
      (made) => made.dataset.dataset_id,
    ),
  };
}

/** As MLflow's client makes one. */
async function makePrompt(mlflow: Fetch): Promise<string> {
  const name = unique('prompt');
  const tags = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }];
  await ok(mlflow, `${API}/registered-models/create`, { name, tags });
  await ok(mlflow, `${API}/model-versions/create`, {
    name,
    source: 'dummy-source',
    tags: [...tags, { key: 'mlflow.prompt.text', value: 'Hello {{name}}' }],
  });
  return name;
}

async function optional(
  mlflow: Fetch,
  path: string,
  json: Json,
  id: (made: Json) => string,
): Promise<string | undefined> {
  const answer = await mlflow(path, { json });
  if (answer.status === 404 || answer.status === 405) return undefined;
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return id(JSON.parse(text) as Json);
}
