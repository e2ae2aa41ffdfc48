import { VOCABULARY } from '../../src/tenancy/filter/testing/vocabulary.ts';
import type { Send } from '../harness/requests/operations.ts';
import {
  createAssessment,
  createDataset,
  createExperiment,
  createLoggedModel,
  createMcpServer,
  createModelVersion,
  createRegisteredModel,
  createRun,
  createSkill,
  createTrace,
} from '../harness/world/resources.ts';

/** Keys that have a meaning of their own in a search, or may have: every resource has a tag for each. */
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

/** Two owners whose resources differ only in the tenant tag. */
export const OWNERS = ['team-a', 'team-b'] as const;
export type Owner = (typeof OWNERS)[number];

/** The resources that the searches look for: one of each kind for each owner. */
export interface TaggedResources {
  /** The experiment that all owners share. */
  readonly experimentId: string;
  /** Ids and names of every resource, each with its owner. */
  readonly owners: ReadonlyMap<string, Owner>;
}

/**
 * Makes one of each resource that can be searched by tag for each owner, all alike. Runs, logged models and traces
 * share one experiment, like an experiment that all tenants use.
 *
 * @param prefix for names, which are global in MLflow
 */
export async function makeTaggedResources(send: Send, prefix: string): Promise<TaggedResources> {
  const owners = new Map<string, Owner>();
  const experimentId = await createExperiment(send, { name: `${prefix}-shared` });
  for (const owner of OWNERS) {
    for (const id of await makeFor(send, prefix, experimentId, owner)) owners.set(id, owner);
  }
  return { experimentId, owners };
}

/** A different value for each key, so that no key is found by another's value. */
export const valueUnder = (key: string, owner: Owner): string => `${owner}.${KEYS.indexOf(key)}`;

async function makeFor(send: Send, prefix: string, experimentId: string, owner: Owner): Promise<string[]> {
  const name = `${prefix}-${owner}`;
  const tags = [
    { key: 'tenant', value: owner },
    { key: 'note', value: 'x' },
    ...KEYS.map((key) => ({ key, value: valueUnder(key, owner) })),
  ];
  const tagMap = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
  const params = [{ key: 'p', value: 'x' }];
  const metric = { key: 'm', value: 1, timestamp: 1, step: 0 };
  const experiment = await createExperiment(send, { name, tags });
  const { run_id } = await createRun(send, {
    experiment_id: experimentId,
    run_name: 'r',
    start_time: 1,
    tags,
  });
  const { model_id } = await createLoggedModel(send, {
    experiment_id: experimentId,
    name: 'r',
    source_run_id: run_id,
    tags,
    params,
  });
  await send('logBatch', { body: { run_id, params, metrics: [metric, { ...metric, model_id }] } });
  const dataset = { name: 'd', digest: '1', source_type: 's', source: 's' };
  await send('logInputs', { body: { run_id, datasets: [{ dataset, tags: [] }] } });
  await createRegisteredModel(send, { name, tags });
  await createModelVersion(send, { name, source: 's3://bucket/x', run_id, tags });
  const trace = await createTrace(send, {
    experimentId,
    metadata: { note: 'x' },
    tags: [...tags, { key: 'mlflow.traceName', value: 't' }],
  });
  await createAssessment(send, {
    assessment_name: 'quality',
    trace_id: trace,
    source: { source_type: 'HUMAN', source_id: 'me' },
    feedback: { value: 1 },
  });
  const datasetId = await createDataset(send, { name, experiment_ids: [experimentId], tags: tagMap });
  const server = await createMcpServer(send, { name: `com.example/${name}`, tags });
  const skill = await createSkill(send, { name, tags });
  return [experiment, run_id, model_id, name, trace, datasetId, server, skill];
}
