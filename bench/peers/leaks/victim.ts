import { randomBytes } from 'node:crypto';
import type { Fetch } from '../../../dev/http.ts';

/** The resources of one person. Each name and value contains the marker, which is unknown to other people. */
export interface Victim {
  readonly marker: string;
  readonly experimentId: string;
  readonly runId: string;
  /** The path of the run's artifacts below MLflow's artifact proxy. */
  readonly artifacts: string;
  readonly model: string;
  readonly traceId: string;
  /** The path of the trace's spans below the artifact proxy. */
  readonly traceArtifacts: string;
  readonly loggedModelId: string;
}

/**
 * Creates an experiment, a run with a parameter, a metric, a dataset and an artifact, a registered model with a version, a trace with spans
 * and a logged model, through the product, as the person who owns them.
 *
 * @throws {Error} if the product refuses its owner one of them
 */
export async function createVictim(fetch: Fetch): Promise<Victim> {
  const marker = `secret${randomBytes(6).toString('hex')}`;
  const post = async (path: string, json: unknown): Promise<Record<string, never>> => {
    const answer = await fetch(path, { json });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered its owner ${answer.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as Record<string, never>;
  };
  const put = async (path: string, body: string): Promise<void> => {
    const answer = await fetch(`/api/2.0/mlflow-artifacts/artifacts/${path}`, { method: 'PUT', body });
    if (!answer.ok) throw new Error(`${path} answered its owner ${answer.status}: ${await answer.text()}`);
  };
  const tags = [{ key: 'note', value: marker }];

  const { experiment_id: experimentId } = (await post('/api/2.0/mlflow/experiments/create', {
    name: `experiment-${marker}`,
  })) as unknown as { experiment_id: string };
  const { run } = (await post('/api/2.0/mlflow/runs/create', {
    experiment_id: experimentId,
    start_time: Date.now(),
    tags,
  })) as unknown as { run: { info: { run_id: string; artifact_uri: string } } };
  const runId = run.info.run_id;
  const artifacts = pathOf(run.info.artifact_uri);
  await post('/api/2.0/mlflow/runs/log-parameter', { run_id: runId, key: 'secret', value: marker });
  await post('/api/2.0/mlflow/runs/log-metric', {
    run_id: runId,
    key: `metric-${marker}`,
    value: 1,
    timestamp: Date.now(),
    step: 0,
  });
  await post('/api/2.0/mlflow/runs/log-inputs', {
    run_id: runId,
    datasets: [{ dataset: { name: `data-${marker}`, digest: 'd1', source_type: 'local', source: marker } }],
  });
  await put(`${artifacts}/${marker}.txt`, marker);

  const model = `model-${marker}`;
  await post('/api/2.0/mlflow/registered-models/create', { name: model, description: marker });
  await post('/api/2.0/mlflow/model-versions/create', {
    name: model,
    source: run.info.artifact_uri,
    run_id: runId,
    description: marker,
  });

  const traceId = `tr-${randomBytes(16).toString('hex')}`;
  const { trace } = (await post('/api/3.0/mlflow/traces', {
    trace: {
      trace_info: {
        trace_id: traceId,
        trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
        request_time: new Date().toISOString(),
        execution_duration: '1s',
        state: 'OK',
        request_preview: marker,
        tags: { note: marker },
      },
    },
  })) as unknown as { trace: { trace_info: { tags: Record<string, string> } } };
  const traceArtifacts = pathOf(trace.trace_info.tags['mlflow.artifactLocation'] ?? '');
  await put(`${traceArtifacts}/traces.json`, JSON.stringify({ spans: [], marker }));

  const { model: logged } = (await post('/api/2.0/mlflow/logged-models', {
    experiment_id: experimentId,
    name: `logged-${marker}`,
  })) as unknown as { model: { info: { model_id: string } } };
  return {
    marker,
    experimentId,
    runId,
    artifacts,
    model,
    traceId,
    traceArtifacts,
    loggedModelId: logged.info.model_id,
  };
}

/** `mlflow-artifacts:/1/abc/artifacts` without its scheme, a possible host and a workspace's own part, which the server adds. */
function pathOf(uri: string): string {
  return uri.replace(/^mlflow-artifacts:(\/\/[^/]*)?\/*/, '').replace(/^workspaces\/[^/]+\//, '');
}
