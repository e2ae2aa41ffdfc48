import { randomBytes } from 'node:crypto';
import { isBefore } from '../../harness/mlflow-version.ts';
import { ifServed, NotServed, type Send } from '../../harness/requests/operations.ts';
import { unknownId } from '../../harness/requests/unknown-id.ts';
import { type Stack, unique } from '../../harness/stack.ts';
import {
  createAssessment,
  createExperiment,
  createLoggedModel,
  createModelVersion,
  createRegisteredModel,
  createRun,
  createTrace,
  feedback,
  type LoggedModel,
  type NewTrace,
  uploadArtifact,
} from '../../harness/world/resources.ts';
import { type Genai, makeGenai } from './estate-genai.ts';

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

/** The MLflow that an estate is made in; a `Scene` is one. */
export interface EstateSite {
  readonly stack: Pick<Stack, 'mlflow'>;
  /** Straight at MLflow. */
  readonly send: Send;
  /** The directory of MLflow's data. */
  readonly dir: string;
}

/** Makes an estate straight in MLflow, with the tenant tag that the gateway would write (other tests show that it does). */
export async function makeEstate({ send, stack, dir }: EstateSite, tenant: string): Promise<Estate> {
  const secret = `secret-${randomBytes(8).toString('hex')}`;
  const tags = [
    { key: 'tenant', value: tenant },
    { key: 'note', value: secret },
  ];
  const experimentName = unique('experiment');
  const experiment_id = await createExperiment(send, { name: experimentName, tags });
  const run = await createRun(send, { experiment_id, run_name: secret, tags });
  const { run_id } = run;
  await send('logBatch', {
    body: {
      run_id,
      metrics: [{ key: secret, value: 1, timestamp: 1, step: 0 }],
      params: [{ key: 'p', value: secret }],
    },
  });
  const dataset = { name: 'd', digest: '1', source_type: 's', source: secret };
  await send('logInputs', { body: { run_id, datasets: [{ dataset }] } });
  const shared = await createRun(send, { experiment_id: '0', run_name: secret, tags });
  const model = await makeModel(send, { experiment_id, source_run_id: run_id, tags });
  for (const uri of [run.artifact_uri, model.artifact_uri])
    await uploadArtifact(send, uri, 'secret.txt', secret);
  const name = await createRegisteredModel(send, { name: unique('registered'), description: secret, tags });
  await createModelVersion(send, { name, source: run.artifact_uri, run_id, tags });
  await send('setRegisteredModelAlias', { body: { name, alias: 'champion', version: '1' } });
  const trace: Omit<NewTrace, 'experimentId'> = {
    tags,
    metadata: { m: secret, 'mlflow.trace.session': `session-${secret}` },
    info: { request_preview: secret },
    span: ['said', secret],
  };
  const traceId = await createTrace(send, { ...trace, experimentId: experiment_id });
  return {
    tenant,
    secret,
    experiment: experiment_id,
    experimentName,
    run: run_id,
    runUri: run.artifact_uri,
    sharedRun: shared.run_id,
    model: model.model_id,
    modelUri: model.artifact_uri,
    registered: name,
    trace: traceId,
    sharedTrace: await createTrace(send, { ...trace, experimentId: '0' }),
    assessment: (await ifServed(makeAssessment(send, traceId, secret))) ?? unknownId('assessment'),
    ...(await makeGenai({
      send,
      experiment: experiment_id,
      tenant,
      secret,
      dir: isBefore(stack.mlflow.version, '3.8') ? undefined : dir,
    })),
  };
}

/** Feedback on a trace, overridden by another. */
async function makeAssessment(send: Send, trace: string, secret: string): Promise<string> {
  const id = await createAssessment(send, feedback(trace, secret));
  await createAssessment(send, { ...feedback(trace, secret), overrides: id });
  return id;
}

/** Before 3.0 there are no logged models: then the id is one that no model has. */
async function makeModel(
  send: Send,
  model: Omit<Parameters<typeof createLoggedModel>[1], 'name'> & { readonly experiment_id: string },
): Promise<LoggedModel> {
  try {
    return await createLoggedModel(send, { ...model, name: 'lm' });
  } catch (error) {
    if (!(error instanceof NotServed)) throw error;
    const model_id = unknownId('logged-model');
    return {
      model_id,
      artifact_uri: `mlflow-artifacts:/${model.experiment_id}/models/${model_id}/artifacts`,
    };
  }
}
