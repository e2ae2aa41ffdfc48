/** The shapes of requests and responses: ordinary runs, the same for the stub and for the real MLflow. */

/** The tenant of the benchmark's token: the workspace of its data, or the tag on them without workspaces. */
export const WORKSPACE = 'team-a';
export const TENANT_TAG = { key: 'tenant', value: WORKSPACE };

/** Runs on one page of searchRuns. */
export const RUNS = 10;
const METRICS = 8;
const PARAMS = 10;
const STARTED = 1_700_000_000_000;

/** The id of a run of the stub. */
export function runId(n: number): string {
  return (n + 1).toString(16).padStart(32, '0');
}

export interface RunData {
  readonly metrics: readonly { key: string; value: number; timestamp: number; step: number }[];
  readonly params: readonly { key: string; value: string }[];
  readonly tags: readonly { key: string; value: string }[];
}

/** The data of the nth run. */
export function runData(n: number): RunData {
  return {
    metrics: Array.from({ length: METRICS }, (_, i) => ({
      key: `val_metric_${i}`,
      value: 0.9 - 0.01 * i - 0.001 * n,
      timestamp: STARTED + 1000 * i,
      step: i,
    })),
    params: Array.from({ length: PARAMS }, (_, i) => ({ key: `hyper_parameter_${i}`, value: `${0.1 * i}` })),
    tags: [
      TENANT_TAG,
      { key: 'mlflow.user', value: 'alice' },
      { key: 'mlflow.source.name', value: '/home/alice/project/train.py' },
      { key: 'mlflow.source.type', value: 'LOCAL' },
      { key: 'mlflow.source.git.commit', value: 'd0d7bf28e4d2f3d6d7a6a3b2e2d8d7c5b1f0a9e8' },
    ],
  };
}

/** MLflow's response to getRun. */
export function getRunAnswer(n = 0): unknown {
  const id = runId(n);
  return {
    run: {
      info: {
        run_uuid: id,
        experiment_id: '1',
        run_name: `able-crane-${n}`,
        user_id: 'alice',
        status: 'FINISHED',
        start_time: STARTED + n,
        end_time: STARTED + n + 60_000,
        artifact_uri: `mlflow-artifacts:/workspaces/${WORKSPACE}/1/${id}/artifacts`,
        lifecycle_stage: 'active',
        run_id: id,
      },
      data: runData(n),
      inputs: {},
      outputs: {},
    },
  };
}

/** MLflow's response to getExperiment. */
export function getExperimentAnswer(): unknown {
  return {
    experiment: {
      experiment_id: '1',
      name: 'bench',
      artifact_location: `mlflow-artifacts:/workspaces/${WORKSPACE}/1`,
      lifecycle_stage: 'active',
      last_update_time: STARTED,
      creation_time: STARTED,
      tags: [TENANT_TAG],
    },
  };
}

/** MLflow's response to searchRuns. */
export function searchRunsAnswer(): unknown {
  return {
    runs: Array.from({ length: RUNS }, (_, n) => (getRunAnswer(n) as { run: unknown }).run),
  };
}

/** The body of logMetric. */
export function logMetricBody(runId: string, step: number): unknown {
  return { run_id: runId, key: 'loss', value: 1 / step, timestamp: STARTED + step, step };
}

/** The body of logBatch, as a training loop sends it: eight metrics a step, no step twice. */
export function logBatchBody(runId: string, step: number): unknown {
  return {
    run_id: runId,
    metrics: runData(0).metrics.map((metric) => ({ ...metric, step, value: 1 / step })),
  };
}

/** The body of searchRuns, with a typical filter for contenders that parse filters. */
export function searchRunsBody(experimentId: string): unknown {
  return {
    experiment_ids: [experimentId],
    filter: "metrics.val_metric_0 > 0.5 and params.hyper_parameter_0 = '0'",
    run_view_type: 'ACTIVE_ONLY',
    max_results: 100,
    order_by: ['attributes.start_time DESC'],
  };
}
