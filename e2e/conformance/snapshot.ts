import { inParallel } from '../harness/in-parallel.ts';
import { artifactPath } from '../harness/mlflow-api.ts';
import { type Draft, toWire } from '../harness/requests/draft.ts';
import { draftOf, operationOf, type Values } from '../harness/requests/operations.ts';
import { isServed } from '../harness/requests/served-operations.ts';
import type { Caller } from '../harness/wire-caller.ts';
import type { Family } from '../harness/world/family.ts';
import { ORGANIZATION } from '../harness/world/resources.ts';

/** A tenant's data: each request with its response. */
export type Snapshot = ReadonlyMap<string, string>;

/**
 * Reads all data of a tenant: resources outside of experiments, everything in the families' experiments, and each
 * resource of the families with its files. Two snapshots are equal exactly when nothing has changed.
 */
export async function readAll(
  caller: Caller,
  tenantWide: readonly Draft[],
  families: readonly Family[],
): Promise<Snapshot> {
  const drafts = [...tenantWide];
  for (const family of families) drafts.push(...(await ofFamily(family)));
  const out = new Map<string, string>();
  // Operations that this MLflow does not have cannot be sent.
  const served = drafts.filter(({ operation }) => isServed(operation));
  await inParallel(served, async (draft) => {
    const wire = toWire(draft);
    const answer = await caller(wire);
    out.set(`${wire.method} ${wire.path} ${wire.body ?? ''}`, `${answer.status} ${answer.text}`);
  });
  return out;
}

/**
 * The differences, for a message. `before` may have more than `after`: only the requests of `after`
 * are compared.
 */
export function differences(before: Snapshot, after: Snapshot): readonly string[] {
  const out: string[] = [];
  for (const [key, now] of after) {
    const old = before.get(key);
    if (now !== old) out.push(`${key}\n  before: ${old?.slice(0, 500)}\n  after:  ${now.slice(0, 500)}`);
  }
  return out;
}

function read(id: string, values: Values = {}): Draft {
  return draftOf(operationOf(id), values);
}

async function ofFamily(family: Family): Promise<Draft[]> {
  if (!family.has('experiment')) return [];
  const experiment_id = await family.id('experiment');
  // MLflow lists nothing of a deleted experiment.
  if (family.has('deleted-experiment')) return [read('getExperiment', { query: { experiment_id } })];
  const experiment_ids = [experiment_id];
  const drafts = [
    read('searchRuns', { body: { experiment_ids, run_view_type: 'ALL', max_results: 1000 } }),
    read('searchLoggedModels', { body: { experiment_ids, max_results: 50 } }),
    read('searchTracesV3', {
      body: {
        locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } }],
        max_results: 500,
      },
    }),
    ...(isServed(operationOf('searchTracesV3'))
      ? []
      : [read('searchTraces', { query: { experiment_ids, max_results: '500' } })]),
    read('listScorers', { query: { experiment_id } }),
    read('searchIssues', { body: { experiment_id } }),
    read('listLabelSchemas', { query: { experiment_id } }),
    read('listReviewQueues', { query: { experiment_id } }),
    read('searchDatasets', { body: { experiment_ids } }),
  ];
  const of = async (kind: string, make: (id: string) => Draft[] | Promise<Draft[]>): Promise<void> => {
    if (family.has(kind)) drafts.push(...(await make(await family.id(kind))));
  };
  await of('run', async (run_id) => {
    const root = await family.id('run-artifacts');
    return [
      read('getMetricHistory', { query: { run_id, metric_key: 'accuracy' } }),
      read('getMetricHistory', { query: { run_id, metric_key: 'loss' } }),
      read('listArtifacts', { query: { run_id } }),
      read('listArtifacts', { query: { run_id, path: 'model' } }),
      read('proxyListArtifacts', { query: { path: artifactPath(root, '').slice(0, -1) } }),
      ...(family.has('run-with-files')
        ? [read('getRunArtifact', { query: { run_id, path: 'secret.txt' } })]
        : []),
    ];
  });
  await of('logged-model', (model_id) => [
    read('getLoggedModel', { path: { model_id }, query: { allow_deleted: 'true' } }),
    read('listLoggedModelArtifacts', { path: { model_id } }),
    read('getLoggedModelArtifact', { path: { model_id }, query: { artifact_file_path: 'secret.txt' } }),
  ]);
  await of('model-version', async (version) => {
    const name = await family.id('registered-model');
    return [
      read('getModelVersionArtifact', { query: { name, version, path: 'MLmodel' } }),
      read('getModelVersionByAlias', { query: { name, alias: 'champion' } }),
    ];
  });
  await of('trace', (trace_id) => [
    read('getTrace', { query: { trace_id } }),
    read('getTraceInfo', { path: { request_id: trace_id } }),
    read('getTraceInfoV3', { path: { trace_id } }),
  ]);
  await of('trace-attachment', async (path) => [
    read('getTraceArtifact', { query: { request_id: await family.id('trace'), path } }),
  ]);
  await of('dataset', (dataset_id) => [
    read('getDatasetRecords', { path: { dataset_id } }),
    read('getDatasetExperimentIds', { path: { dataset_id } }),
  ]);
  await of('scorer-name', (name) => [read('listScorerVersions', { query: { experiment_id, name } })]);
  await of('scorer', (scorer) => [read('getOnlineScoringConfigs', { query: { scorer_ids: [scorer] } })]);
  await of('review-queue', (queue_id) => [read('listReviewQueueItems', { query: { queue_id } })]);
  await of('mcp-server', (name) => [
    read('getMcpServer', { path: { name } }),
    read('searchMcpServerVersions', { path: { name } }),
  ]);
  await of('skill', (name) => [
    read('getSkill', { path: { name } }),
    read('searchSkillVersions', { path: { name } }),
    read('getOrganizationSkill', { path: { name, organization: ORGANIZATION } }),
    read('searchOrganizationSkillVersions', { path: { name, organization: ORGANIZATION } }),
  ]);
  await of('gateway-endpoint', (endpoint_id) => [
    read('getGatewayEndpoint', { query: { endpoint_id } }),
    read('listEndpointGuardrailConfigs', { query: { endpoint_id } }),
  ]);
  return drafts;
}
