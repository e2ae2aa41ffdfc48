import { inParallel } from '../harness/in-parallel.ts';
import { type Draft, toWire } from '../harness/requests/draft.ts';
import { isServed } from '../harness/requests/served-operations.ts';
import type { Caller } from '../harness/wire-caller.ts';
import { draftOf, type Family, operationOf, type Values } from '../harness/world/family.ts';
import { proxyPath } from '../harness/world/makers/maker.ts';

/** What a tenant's data looks like: what was asked, to the answer. */
export type Snapshot = ReadonlyMap<string, string>;

/**
 * Reads everything of a tenant: what lies outside of experiments, all that is in the families' experiments, and each
 * resource of the families with its files. Two readings are equal exactly when nothing of that changed.
 */
export async function readAll(
  caller: Caller,
  tenantWide: readonly Draft[],
  families: readonly Family[],
): Promise<Snapshot> {
  const drafts = [...tenantWide];
  for (const family of families) drafts.push(...(await ofFamily(family)));
  const out = new Map<string, string>();
  // What this MLflow does not have, it cannot be asked.
  const served = drafts.filter(({ operation }) => isServed(operation));
  await inParallel(served, async (draft) => {
    const wire = toWire(draft);
    const answer = await caller(wire);
    out.set(`${wire.method} ${wire.path} ${wire.body ?? ''}`, `${answer.status} ${answer.text}`);
  });
  return out;
}

/**
 * What differs, for a message; empty when nothing does. `before` may hold more than `after`: only what was read again
 * is compared.
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
      read('proxyListArtifacts', { query: { path: proxyPath(root, '').slice(0, -1) } }),
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
  await of('gateway-endpoint', (endpoint_id) => [
    read('getGatewayEndpoint', { query: { endpoint_id } }),
    read('listEndpointGuardrailConfigs', { query: { endpoint_id } }),
  ]);
  return drafts;
}
