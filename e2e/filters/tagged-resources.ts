import { randomBytes } from 'node:crypto';
import type { Fetch } from '../../dev/http.ts';
import { VOCABULARY } from '../../src/tenancy/filter/testing/vocabulary.ts';

/** Keys that mean something else in one search or another, or might: every resource has tags under all of them. */
export const KEYS: readonly string[] = [
  ...new Set(
    Object.values(VOCABULARY)
      .flatMap(({ texts, numbers }) => [...texts, ...numbers])
      .map((name) => name.replace(/^.*\.|[`"]/g, '')),
  ),
  ...[
    'Name',
    'Created',
    'run name',
    'Run Name',
    'from',
    'in',
    'case',
    'END',
    'order',
    '_x',
    'acme.tenant',
    'mlflow.in',
  ],
];

/** The two owners whose resources differ in nothing but the tag. */
export const OWNERS = ['team-a', 'team-b'] as const;
export type Owner = (typeof OWNERS)[number];

/** What the searches are asked, once for each owner's resources. */
export interface World {
  readonly experimentId: string;
  /** Ids and names of everything made, and whose it is. */
  readonly owners: ReadonlyMap<string, Owner>;
}

/**
 * Makes one of each resource that can be searched by tag for each owner, all alike. Runs, logged models and traces
 * share one experiment, as in one that all tenants use.
 *
 * @param prefix for names, which are global in MLflow
 */
export async function makeWorld(mlflow: Fetch, prefix: string): Promise<World> {
  const post: Post = async (path, json) => {
    const answer = await mlflow(path, { json });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Json;
  };
  const owners = new Map<string, Owner>();
  const shared = await post('/api/2.0/mlflow/experiments/create', { name: `${prefix}-shared` });
  const experimentId: string = shared.experiment_id;
  for (const owner of OWNERS) {
    for (const id of await makeFor(post, prefix, experimentId, owner)) owners.set(id, owner);
  }
  return { experimentId, owners };
}

// biome-ignore lint/suspicious/noExplicitAny: answers of MLflow, of which a wrong reading fails the test
export type Json = Record<string, any>;
/** Another value under each key, so that none is found under another's name. */
export const valueUnder = (key: string, owner: Owner): string => `${owner}.${KEYS.indexOf(key)}`;

type Post = (path: string, json: unknown) => Promise<Json>;

async function makeFor(post: Post, prefix: string, experimentId: string, owner: Owner): Promise<string[]> {
  const name = `${prefix}-${owner}`;
  const tags = [
    { key: 'tenant', value: owner },
    { key: 'note', value: 'x' },
    ...KEYS.map((key) => ({ key, value: valueUnder(key, owner) })),
  ];
  const tagMap = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
  const params = [{ key: 'p', value: 'x' }];
  const metric = { key: 'm', value: 1, timestamp: 1, step: 0 };
  const { experiment_id } = await post('/api/2.0/mlflow/experiments/create', { name, tags });
  const { run } = await post('/api/2.0/mlflow/runs/create', {
    experiment_id: experimentId,
    run_name: 'r',
    start_time: 1,
    tags,
  });
  const { run_id } = run.info;
  const { model } = await post('/api/2.0/mlflow/logged-models', {
    experiment_id: experimentId,
    name: 'r',
    source_run_id: run_id,
    tags,
    params,
  });
  const { model_id } = model.info;
  await post('/api/2.0/mlflow/runs/log-batch', {
    run_id,
    params,
    metrics: [metric, { ...metric, model_id }],
  });
  await post('/api/2.0/mlflow/runs/log-inputs', {
    run_id,
    datasets: [{ dataset: { name: 'd', digest: '1', source_type: 's', source: 's' }, tags: [] }],
  });
  await post('/api/2.0/mlflow/registered-models/create', { name, tags });
  await post('/api/2.0/mlflow/model-versions/create', { name, source: 's3://bucket/x', run_id, tags });
  const traceId = `tr-${randomBytes(16).toString('hex')}`;
  await post('/api/3.0/mlflow/traces', {
    trace: {
      trace_info: {
        trace_id: traceId,
        trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
        request_time: '2024-01-01T00:00:00Z',
        execution_duration: '1s',
        state: 'OK',
        trace_metadata: { note: 'x' },
        tags: { ...tagMap, 'mlflow.traceName': 't' },
      },
    },
  });
  await post(`/api/3.0/mlflow/traces/${traceId}/assessments`, {
    assessment: {
      assessment_name: 'quality',
      trace_id: traceId,
      source: { source_type: 'HUMAN', source_id: 'me' },
      feedback: { value: 1 },
    },
  });
  const { dataset } = await post('/api/3.0/mlflow/datasets/create', {
    name,
    experiment_ids: [experimentId],
    tags: JSON.stringify(tagMap),
  });
  const server = `com.example/${name}`;
  await post('/api/3.0/mlflow/mcp-servers', { name: server });
  for (const tag of tags) await post(`/api/3.0/mlflow/mcp-servers/${encodeURIComponent(server)}/tags`, tag);
  return [experiment_id, run_id, model_id, name, traceId, dataset.dataset_id, server];
}
