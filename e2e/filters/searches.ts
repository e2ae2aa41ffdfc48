import type { Fetch } from '../../dev/http.ts';
import type { Json } from '../harness/mlflow-api.ts';
import type { Owner, TaggedResources } from './tagged-resources.ts';

/** A search of MLflow that a tag can confine to a tenant. */
export interface Search {
  readonly dialect: string;
  /** Clauses that match both owners' resources, in each form that the search supports. */
  readonly holds: readonly string[];
  /** Runs the search and returns the ids or names found. */
  run(mlflow: Fetch, filter: string, resources: TaggedResources): Promise<readonly string[]>;
}

const post =
  (
    path: string,
    list: string,
    id: (item: Json) => string,
    more: (resources: TaggedResources) => Json,
    filter = 'filter',
  ) =>
  (mlflow: Fetch, text: string, resources: TaggedResources): Promise<readonly string[]> =>
    found(mlflow(path, { json: { [filter]: text, max_results: 100, ...more(resources) } }), list, id);

const get =
  (path: string, list: string, filter: string) =>
  (mlflow: Fetch, text: string): Promise<readonly string[]> =>
    found(mlflow(`${path}?max_results=100&${filter}=${encodeURIComponent(text)}`), list, ({ name }) => name);

async function found(
  asked: Promise<Response>,
  list: string,
  id: (item: Json) => string,
): Promise<readonly string[]> {
  const answer = await asked;
  if (!answer.ok) throw new Error(`${answer.status}: ${(await answer.text()).slice(0, 500)}`);
  const body = (await answer.json()) as Json;
  return (body[list] ?? []).map(id);
}

const inShared = ({ experimentId }: TaggedResources): Json => ({ experiment_ids: [experimentId] });
const TAGS = [
  "tags.note = 'x'",
  "tags.note LIKE '%'",
  "tags.tenant != 'nobody'",
  "tags.tenant ILIKE 'TEAM-%'",
];

export const SEARCHES: readonly Search[] = [
  {
    dialect: 'experiments',
    holds: [
      ...TAGS,
      "name LIKE '%'",
      'creation_time > 0',
      'tags.absent IS NULL',
      'tags.`tenant` IS NOT NULL',
    ],
    run: post(
      '/api/2.0/mlflow/experiments/search',
      'experiments',
      (item) => item.experiment_id,
      () => ({}),
    ),
  },
  {
    dialect: 'runs',
    holds: [
      ...TAGS,
      "attributes.run_name = 'r'",
      'start_time > 0',
      'metrics.m >= 1',
      "params.p = 'x'",
      "dataset.name IN ('d', 'e')",
      "run_id NOT IN ('none')",
      'tags.absent IS NULL',
      'params.p IS NOT NULL',
    ],
    run: post('/api/2.0/mlflow/runs/search', 'runs', (item) => item.info.run_id, inShared),
  },
  {
    dialect: 'registered-models',
    holds: [...TAGS, "name LIKE '%'", "name NOT IN ('none')", "tags.`mlflow.prompt.is_prompt` != 'true'"],
    run: get('/api/2.0/mlflow/registered-models/search', 'registered_models', 'filter'),
  },
  {
    dialect: 'model-versions',
    holds: [
      ...TAGS,
      "name LIKE '%'",
      'version_number = 1',
      "source_path = 's3://bucket/x'",
      "run_id NOT IN ('none')",
    ],
    run: get('/api/2.0/mlflow/model-versions/search', 'model_versions', 'filter'),
  },
  {
    dialect: 'logged-models',
    holds: [
      ...TAGS,
      "name = 'r'",
      'creation_time > 0',
      'metrics.m >= 1',
      "params.p = 'x'",
      "tags.note IN ('x', 'y')",
    ],
    run: post('/api/2.0/mlflow/logged-models/search', 'models', (item) => item.info.model_id, inShared),
  },
  {
    dialect: 'traces',
    holds: [
      ...TAGS,
      "name = 't'",
      "trace.status IN ('OK')",
      'timestamp > 0',
      'trace.execution_time_ms >= 0',
      "metadata.note = 'x'",
      "tags.note RLIKE '^x$'",
      'feedback.quality >= 1',
      'feedback.quality IS NOT NULL',
      'tags.absent IS NULL',
      'metadata.absent IS NULL',
      "request_id NOT IN ('none')",
    ],
    run: post(
      '/api/3.0/mlflow/traces/search',
      'traces',
      (item) => item.trace_id,
      ({ experimentId }) => ({
        locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } }],
      }),
    ),
  },
  {
    dialect: 'evaluation-datasets',
    holds: [...TAGS, "name LIKE '%'", 'created_time > 0', 'last_update_time >= 0'],
    run: post(
      '/api/3.0/mlflow/datasets/search',
      'datasets',
      (item) => item.dataset_id,
      inShared,
      'filter_string',
    ),
  },
  {
    dialect: 'mcp-servers',
    holds: [
      ...TAGS,
      "name LIKE '%'",
      'created_at > 0',
      "has_access_endpoints = 'false'",
      "name NOT IN ('none')",
    ],
    run: get('/api/3.0/mlflow/mcp-servers', 'mcp_servers', 'filter_string'),
  },
  {
    dialect: 'skills',
    holds: [...TAGS, "name LIKE '%'", 'created_at > 0', "organization = ''", "source_type != 'zip'"],
    run: get('/api/3.0/mlflow/skills', 'skills', 'filter_string'),
  },
];

/** The owners of the found resources; other resources have no owner here. */
export function ownersOf(ids: readonly string[], { owners }: TaggedResources): readonly Owner[] {
  return ids.flatMap((id) => owners.get(id) ?? []).sort();
}
