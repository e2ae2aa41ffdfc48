import { ifServed, type Send } from '../harness/requests/operations.ts';
import { unique } from '../harness/stack.ts';
import {
  createDataset,
  createExperiment,
  createLoggedModel,
  createModelVersion,
  createPrompt,
  createRegisteredModel,
  createRun,
  createTrace,
  type Run,
  type Tag,
  uploadArtifact,
} from '../harness/world/resources.ts';

/** Data of a company that used MLflow before the gateway: none of it has a tenant tag. */
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
export async function makeLegacy(send: Send): Promise<Legacy> {
  const secret = unique('secret');
  const experimentName = unique('legacy');
  const experiment_id = await createExperiment(send, { name: experimentName });
  const run = (tags: readonly Tag[] = []): Promise<Run> =>
    createRun(send, { experiment_id, run_name: secret, start_time: 1, tags });
  const parent = await run();
  const child = await run([{ key: 'mlflow.parentRunId', value: parent.run_id }]);
  const deleted = await run();
  await send('logBatch', {
    body: {
      run_id: parent.run_id,
      metrics: [{ key: 'rmse', value: 0.5, timestamp: 1, step: 0 }],
      params: [{ key: 'p', value: secret }],
    },
  });
  await uploadArtifact(send, parent.artifact_uri, 'secret.txt', secret);
  await send('deleteRun', { body: { run_id: deleted.run_id } });
  const model = await createRegisteredModel(send, { name: unique('model') });
  await createModelVersion(send, { name: model, source: parent.artifact_uri, run_id: parent.run_id });
  await send('setRegisteredModelAlias', { body: { name: model, alias: 'champion', version: '1' } });
  const logged = await ifServed(
    createLoggedModel(send, { experiment_id, name: 'lm', source_run_id: parent.run_id }),
  );
  return {
    experiment: experiment_id,
    experimentName,
    secret,
    parent: parent.run_id,
    child: child.run_id,
    deleted: deleted.run_id,
    runUri: parent.artifact_uri,
    model,
    prompt: await createPrompt(send, { name: unique('prompt'), text: 'Hello {{name}}' }),
    trace: await createTrace(send, legacyTrace(experiment_id, secret)),
    loggedModel: logged?.model_id,
    dataset: await ifServed(createDataset(send, { name: secret, experiment_ids: [experiment_id] })),
  };
}

/** A trace without a tag, with the secret in its metadata and its span. */
export const legacyTrace = (experimentId: string, secret: string): Parameters<typeof createTrace>[1] => ({
  experimentId,
  metadata: { m: secret, 'mlflow.trace.session': `session-${secret}` },
  info: { request_preview: secret },
  span: ['said', secret],
});
