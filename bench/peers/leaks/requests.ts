import type { Fetch, RequestInit } from '../../../dev/http.ts';
import type { Victim } from './victim.ts';

/** One request for a resource of another team. */
export interface CrossRequest {
  readonly name: string;
  readonly group:
    | 'experiments and runs'
    | 'artifacts'
    | 'registered models'
    | 'traces'
    | 'logged models'
    | 'GraphQL'
    | 'writes';
  /**
   * Sends it as somebody, and says whether it reached the victim's data: a read shows the marker, a write has changed something
   * for the owner.
   *
   * @param as the sender
   * @param own the sender's own resources
   * @param owner the victim's owner, to look for a change
   */
  reaches(as: Fetch, victim: Victim, own: Victim, owner: Fetch): Promise<Outcome>;
}

export interface Outcome {
  readonly reached: boolean;
  readonly status: number;
}

type Where = (victim: Victim) => { readonly path: string; readonly json?: unknown };

/** A read, which leaks if its response contains the marker. A caller who sends the marker gets it back in errors, which is no leak. */
const read = (group: CrossRequest['group'], name: string, where: Where): CrossRequest => ({
  group,
  name,
  reaches: async (as, victim) => {
    const { path, json } = where(victim);
    return shows(await as(path, json === undefined ? {} : { json }), victim);
  },
});

/** A write, which succeeds if the owner sees a change. */
const write = (
  name: string,
  send: (victim: Victim, own: Victim) => { readonly path: string } & RequestInit,
  changed: (owner: Fetch, victim: Victim) => Promise<boolean>,
): CrossRequest => ({
  group: 'writes',
  name,
  reaches: async (as, victim, own, owner) => {
    const { path, ...init } = send(victim, own);
    const { status } = await as(path, init);
    return { reached: await changed(owner, victim), status };
  },
});

const graphql = (name: string, query: (victim: Victim) => string): CrossRequest =>
  read('GraphQL', name, (victim) => ({ path: '/graphql', json: { query: query(victim) } }));

async function shows(answer: Response, { marker }: Victim): Promise<Outcome> {
  const text = await answer.text();
  return { reached: answer.status === 200 && text.includes(marker), status: answer.status };
}

const run = async (owner: Fetch, { runId }: Victim): Promise<string> =>
  (await owner(`/api/2.0/mlflow/runs/get?run_id=${runId}`)).text();
const experiment = async (owner: Fetch, { experimentId }: Victim): Promise<string> =>
  (await owner(`/api/2.0/mlflow/experiments/get?experiment_id=${experimentId}`)).text();
const registeredModel = async (owner: Fetch, { model }: Victim): Promise<Response> =>
  owner(`/api/2.0/mlflow/registered-models/get?name=${model}`);
const trace = async (owner: Fetch, { traceId }: Victim): Promise<Response> =>
  owner(`/api/3.0/mlflow/traces/${traceId}`);

const WRITTEN = 'written-by-another-team';
const ARTIFACTS = '/api/2.0/mlflow-artifacts/artifacts';

/** The requests that one team sends for the resources of the other. */
export const CROSS_REQUESTS: readonly CrossRequest[] = [
  read('experiments and runs', 'get an experiment by id', ({ experimentId }) => ({
    path: `/api/2.0/mlflow/experiments/get?experiment_id=${experimentId}`,
  })),
  read('experiments and runs', 'get an experiment by name', ({ marker }) => ({
    path: `/api/2.0/mlflow/experiments/get-by-name?experiment_name=experiment-${marker}`,
  })),
  read('experiments and runs', 'search experiments', () => ({
    path: '/api/2.0/mlflow/experiments/search',
    json: { max_results: 1000 },
  })),
  read('experiments and runs', 'get a run by id', ({ runId }) => ({
    path: `/api/2.0/mlflow/runs/get?run_id=${runId}`,
  })),
  read('experiments and runs', 'search the runs of an experiment', ({ experimentId }) => ({
    path: '/api/2.0/mlflow/runs/search',
    json: { experiment_ids: [experimentId] },
  })),
  read('experiments and runs', 'history of a metric', ({ runId, marker }) => ({
    path: `/api/2.0/mlflow/metrics/get-history?run_id=${runId}&metric_key=metric-${marker}`,
  })),
  read('experiments and runs', 'history of a metric of several runs', ({ runId, marker }) => ({
    path: `/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=${runId}&metric_key=metric-${marker}`,
  })),
  read('experiments and runs', 'sampled history of a metric', ({ runId, marker }) => ({
    path: `/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=${runId}&metric_key=metric-${marker}&max_results=100`,
  })),
  read('experiments and runs', 'datasets of an experiment', ({ experimentId }) => ({
    path: '/ajax-api/2.0/mlflow/experiments/search-datasets',
    json: { experiment_ids: [experimentId] },
  })),

  read('artifacts', 'list the artifacts of a run', ({ runId }) => ({
    path: `/api/2.0/mlflow/artifacts/list?run_id=${runId}`,
  })),
  read('artifacts', 'list a folder of the artifact proxy', ({ artifacts }) => ({
    path: `${ARTIFACTS}?path=${artifacts}`,
  })),
  read('artifacts', 'download from the artifact proxy', ({ artifacts, marker }) => ({
    path: `${ARTIFACTS}/${artifacts}/${marker}.txt`,
  })),
  read('artifacts', 'download as the UI does', ({ runId, marker }) => ({
    path: `/get-artifact?run_uuid=${runId}&path=${marker}.txt`,
  })),
  {
    group: 'artifacts',
    name: 'download through a model version of one’s own',
    reaches: async (as, victim, own) => {
      const created = await as('/api/2.0/mlflow/model-versions/create', {
        json: { name: own.model, source: `mlflow-artifacts:/${victim.artifacts}`, run_id: victim.runId },
      });
      const text = await created.text();
      if (created.status !== 200) return { reached: false, status: created.status };
      const { version } = (JSON.parse(text) as { model_version: { version: string } }).model_version;
      const path = `/model-versions/get-artifact?name=${own.model}&version=${version}&path=${victim.marker}.txt`;
      return shows(await as(path), victim);
    },
  },

  read('registered models', 'get a registered model', ({ model }) => ({
    path: `/api/2.0/mlflow/registered-models/get?name=${model}`,
  })),
  read('registered models', 'search registered models', () => ({
    path: '/api/2.0/mlflow/registered-models/search?max_results=100',
  })),
  read('registered models', 'get a model version', ({ model }) => ({
    path: `/api/2.0/mlflow/model-versions/get?name=${model}&version=1`,
  })),
  read('registered models', 'search model versions', () => ({
    path: '/api/2.0/mlflow/model-versions/search?max_results=100',
  })),
  {
    group: 'registered models',
    name: 'the place of a model version’s files',
    reaches: async (as, victim) => {
      const answer = await as(
        `/api/2.0/mlflow/model-versions/get-download-uri?name=${victim.model}&version=1`,
      );
      return { reached: (await answer.text()).includes(victim.runId), status: answer.status };
    },
  },
  read('registered models', 'download a file of a model version', ({ model, marker }) => ({
    path: `/model-versions/get-artifact?name=${model}&version=1&path=${marker}.txt`,
  })),

  read('traces', 'get a trace by id', ({ traceId }) => ({ path: `/api/3.0/mlflow/traces/${traceId}` })),
  read('traces', 'search traces', ({ experimentId }) => ({
    path: '/api/3.0/mlflow/traces/search',
    json: {
      locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } }],
    },
  })),
  read('traces', 'get the spans of a trace', ({ traceId }) => ({
    path: `/ajax-api/3.0/mlflow/get-trace-artifact?request_id=${traceId}`,
  })),
  read('traces', 'download the spans from the artifact proxy', ({ traceArtifacts }) => ({
    path: `${ARTIFACTS}/${traceArtifacts}/traces.json`,
  })),

  read('logged models', 'get a logged model', ({ loggedModelId }) => ({
    path: `/api/2.0/mlflow/logged-models/${loggedModelId}`,
  })),
  read('logged models', 'search logged models', ({ experimentId }) => ({
    path: '/api/2.0/mlflow/logged-models/search',
    json: { experiment_ids: [experimentId] },
  })),

  graphql(
    'GraphQL: get a run',
    ({ runId }) => `{ mlflowGetRun(input: { runId: "${runId}" }) { run { data { params { value } } } } }`,
  ),
  graphql(
    'GraphQL: get an experiment',
    ({ experimentId }) =>
      `{ mlflowGetExperiment(input: { experimentId: "${experimentId}" }) { experiment { name } } }`,
  ),
  graphql(
    'GraphQL: search runs',
    ({ experimentId }) =>
      `mutation { mlflowSearchRuns(input: { experimentIds: ["${experimentId}"] }) { runs { data { params { value } } } } }`,
  ),
  graphql(
    'GraphQL: list artifacts',
    ({ runId }) => `{ mlflowListArtifacts(input: { runId: "${runId}" }) { files { path } } }`,
  ),
  graphql(
    'GraphQL: search model versions',
    () => '{ mlflowSearchModelVersions(input: { maxResults: 100 }) { modelVersions { name } } }',
  ),

  write(
    'log a parameter to a run',
    ({ runId }) => ({
      path: '/api/2.0/mlflow/runs/log-parameter',
      json: { run_id: runId, key: WRITTEN, value: '1' },
    }),
    async (owner, victim) => (await run(owner, victim)).includes(WRITTEN),
  ),
  write(
    'set a tag of a run',
    ({ runId }) => ({
      path: '/api/2.0/mlflow/runs/set-tag',
      json: { run_id: runId, key: WRITTEN, value: '1' },
    }),
    async (owner, victim) => (await run(owner, victim)).includes(WRITTEN),
  ),
  write(
    'delete a run',
    ({ runId }) => ({ path: '/api/2.0/mlflow/runs/delete', json: { run_id: runId } }),
    async (owner, victim) => (await run(owner, victim)).includes('"deleted"'),
  ),
  write(
    'create a run in an experiment',
    ({ experimentId }) => ({
      path: '/api/2.0/mlflow/runs/create',
      json: { experiment_id: experimentId, run_name: WRITTEN },
    }),
    async (owner, { experimentId }) => {
      const found = await owner('/api/2.0/mlflow/runs/search', { json: { experiment_ids: [experimentId] } });
      return (await found.text()).includes(WRITTEN);
    },
  ),
  write(
    'rename an experiment',
    ({ experimentId }) => ({
      path: '/api/2.0/mlflow/experiments/update',
      json: { experiment_id: experimentId, new_name: `${WRITTEN}-${experimentId}` },
    }),
    async (owner, victim) => (await experiment(owner, victim)).includes(WRITTEN),
  ),
  write(
    'delete an experiment',
    ({ experimentId }) => ({
      path: '/api/2.0/mlflow/experiments/delete',
      json: { experiment_id: experimentId },
    }),
    async (owner, victim) => (await experiment(owner, victim)).includes('"deleted"'),
  ),
  write(
    'overwrite an artifact',
    ({ artifacts, marker }) => ({
      path: `${ARTIFACTS}/${artifacts}/${marker}.txt`,
      method: 'PUT',
      body: WRITTEN,
    }),
    async (owner, { artifacts, marker }) =>
      (await (await owner(`${ARTIFACTS}/${artifacts}/${marker}.txt`)).text()) === WRITTEN,
  ),
  write(
    'delete an artifact',
    ({ artifacts, marker }) => ({ path: `${ARTIFACTS}/${artifacts}/${marker}.txt`, method: 'DELETE' }),
    async (owner, { runId, marker }) =>
      !(await (await owner(`/api/2.0/mlflow/artifacts/list?run_id=${runId}`)).text()).includes(marker),
  ),
  write(
    'set a tag of a registered model',
    ({ model }) => ({
      path: '/api/2.0/mlflow/registered-models/set-tag',
      json: { name: model, key: WRITTEN, value: '1' },
    }),
    async (owner, victim) => (await (await registeredModel(owner, victim)).text()).includes(WRITTEN),
  ),
  write(
    'delete a registered model',
    ({ model }) => ({
      path: '/api/2.0/mlflow/registered-models/delete',
      method: 'DELETE',
      json: { name: model },
    }),
    async (owner, victim) => (await registeredModel(owner, victim)).status !== 200,
  ),
  write(
    'set a tag of a trace',
    ({ traceId }) => ({
      path: `/api/2.0/mlflow/traces/${traceId}/tags`,
      method: 'PATCH',
      json: { key: WRITTEN, value: '1' },
    }),
    async (owner, victim) => (await (await trace(owner, victim)).text()).includes(WRITTEN),
  ),
  write(
    'write a metric to a logged model',
    ({ loggedModelId }, own) => ({
      path: '/api/2.0/mlflow/runs/log-metric',
      json: {
        run_id: own.runId,
        key: WRITTEN,
        value: 1,
        timestamp: Date.now(),
        step: 0,
        model_id: loggedModelId,
      },
    }),
    async (owner, { loggedModelId }) =>
      (await (await owner(`/api/2.0/mlflow/logged-models/${loggedModelId}`)).text()).includes(WRITTEN),
  ),
];
