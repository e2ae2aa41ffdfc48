import { API3 } from '../../../harness/mlflow-api.ts';
import { serializedScorer } from '../../../harness/scorer.ts';
import { unique } from '../../../harness/stack.ts';
import type { Estate } from '../estate.ts';
import { type Attack, before, gets, posts } from './attack.ts';

const AJAX = '/ajax-api/3.0/mlflow';
const datasets = (v: Estate, rest = ''): string => `${API3}/datasets/${v.dataset}${rest}`;

/** Evaluation datasets, which have a tag of their own. */
export const DATASETS: readonly Attack[] = [
  gets('read a dataset', 'reads', (v) => datasets(v)),
  gets('read records', 'reads', (v) => datasets(v, '/records')),
  gets('read the experiments of a dataset', 'passes', (v) => datasets(v, '/experiment-ids')),
  {
    name: 'write records',
    effect: 'changes',
    send: (as, v) =>
      as(datasets(v, '/records'), { json: { records: JSON.stringify([{ inputs: { q: 'intruder' } }]) } }),
  },
  {
    name: 'tag a dataset',
    effect: 'changes',
    send: (as, v) => as(datasets(v, '/tags'), { method: 'PATCH', json: { tags: '{"intruder":"x"}' } }),
  },
  gets('delete a tag of a dataset', 'changes', (v) => datasets(v, '/tags/note'), 'DELETE'),
  gets('delete a dataset', 'changes', (v) => datasets(v), 'DELETE'),
  posts('make a dataset in an experiment', 'passes', `${API3}/datasets/create`, (v) => ({
    name: 'intruder',
    experiment_ids: [v.experiment],
  })),
  {
    name: 'put an own dataset into an experiment',
    effect: 'passes',
    send: (as, v, own) => as(datasets(own, '/add-experiments'), { json: { experiment_ids: [v.experiment] } }),
  },
  {
    name: 'take a dataset into an own experiment',
    effect: 'changes',
    send: (as, v, own) => as(datasets(v, '/add-experiments'), { json: { experiment_ids: [own.experiment] } }),
  },
  posts('make a dataset another tenant’s', 'passes', `${API3}/datasets/create`, (v) => ({
    name: 'given',
    tags: JSON.stringify({ tenant: v.tenant }),
  })),
  posts('make a dataset another tenant’s by a second key', 'passes', `${API3}/datasets/create`, (v, own) => ({
    name: 'given',
    tags: `{"tenant":"${own.tenant}","tenant":"${v.tenant}"}`,
  })),
  {
    name: 'make an own dataset another tenant’s',
    effect: 'passes',
    spends: true,
    send: (as, v, own) =>
      as(datasets(own, '/tags'), { method: 'PATCH', json: { tags: JSON.stringify({ tenant: v.tenant }) } }),
  },
  {
    name: 'remove the tenant tag of an own dataset',
    effect: 'passes',
    spends: true,
    send: (as, _, own) => as(datasets(own, '/tags/tenant'), { method: 'DELETE' }),
  },
];

/** Resources of an experiment without tags: scorers, issues, label schemas, review queues. */
export const IN_EXPERIMENTS: readonly Attack[] = [
  gets('read a scorer', 'reads', (v) => `${API3}/scorers/get?experiment_id=${v.experiment}&name=${v.secret}`),
  gets('list scorers of an experiment', 'reads', (v) => `${API3}/scorers/list?experiment_id=${v.experiment}`),
  gets(
    'list versions of a scorer',
    'reads',
    (v) => `${API3}/scorers/versions?experiment_id=${v.experiment}&name=${v.secret}`,
  ),
  posts('register a scorer', 'changes', `${API3}/scorers/register`, (v) => ({
    experiment_id: v.experiment,
    name: 'intruder',
    serialized_scorer: serializedScorer('intruder'),
  })),
  posts(
    'delete a scorer',
    'changes',
    `${API3}/scorers/delete`,
    (v) => ({ experiment_id: v.experiment, name: v.secret }),
    'DELETE',
  ),
  posts(
    'have new traces scored',
    'changes',
    `${API3}/scorers/online-config`,
    (v) => ({ experiment_id: v.experiment, name: v.secret, sample_rate: 0 }),
    'PUT',
  ),
  // The scorer would call a model endpoint at the server's cost.
  posts('score by an endpoint of the AI gateway', 'closed', `${API3}/scorers/register`, (_, own) => ({
    experiment_id: own.experiment,
    name: 'paid',
    serialized_scorer: serializedScorer('paid', 'gateway:/no-such-endpoint'),
  })),
  posts('register a scorer for all tenants', 'passes', `${API3}/scorers/register`, () => ({
    experiment_id: '0',
    name: unique('shared'),
    serialized_scorer: serializedScorer('shared'),
  })),
  gets('read an issue', 'reads', (v) => `${API3}/issues/${v.issue}`),
  posts('search issues', 'reads', `${API3}/issues/search`, (v) => ({ experiment_id: v.experiment })),
  // MLflow searches the resources of all tenants.
  posts('search all issues', 'reads', `${API3}/issues/search`, () => ({ max_results: 1000 })),
  posts(
    'change an issue',
    'changes',
    `${API3}/issues/ISSUE`,
    (v) => ({ issue_id: v.issue, description: 'intruder' }),
    'PATCH',
  ),
  posts('make an issue', 'changes', `${API3}/issues`, (v) => ({
    experiment_id: v.experiment,
    name: 'intruder',
    description: 'intruder',
  })),
  posts('make an issue of a run', before('3.18', 'passes'), `${API3}/issues`, (v, own) => ({
    experiment_id: own.experiment,
    name: 'mine',
    description: 'mine',
    source_run_id: v.run,
  })),
  gets('read a label schema', 'reads', (v) => `${API3}/label-schemas/get?schema_id=${v.labelSchema}`),
  gets('list label schemas', 'reads', (v) => `${API3}/label-schemas/list?experiment_id=${v.experiment}`),
  gets(
    'read a label schema by name',
    'reads',
    (v) => `${API3}/label-schemas/get-by-name?experiment_id=${v.experiment}&name=${v.secret}`,
  ),
  posts(
    'change a label schema',
    'changes',
    `${API3}/label-schemas/update`,
    (v) => ({ schema_id: v.labelSchema, instruction: 'intruder' }),
    'PATCH',
  ),
  posts(
    'delete a label schema',
    'changes',
    `${API3}/label-schemas/delete`,
    (v) => ({ schema_id: v.labelSchema }),
    'DELETE',
  ),
  gets('read a review queue', 'reads', (v) => `${API3}/review-queues/get?queue_id=${v.reviewQueue}`),
  gets('list review queues', 'reads', (v) => `${API3}/review-queues/list?experiment_id=${v.experiment}`),
  gets(
    'list what is to be reviewed',
    'passes',
    (v) => `${API3}/review-queues/items/list?queue_id=${v.reviewQueue}`,
  ),
  posts('rename a review queue', 'changes', `${API3}/review-queues/update`, (v) => ({
    queue_id: v.reviewQueue,
    name: 'intruder',
  })),
  posts('delete a review queue', 'changes', `${API3}/review-queues/delete`, (v) => ({
    queue_id: v.reviewQueue,
  })),
  posts('have a trace reviewed', 'closed', `${API3}/review-queues/items/add`, (v, own) => ({
    queue_id: own.reviewQueue,
    item_type: 'TRACE',
    item_ids: [v.trace],
  })),
  posts('ask for a label schema in an own queue', 'closed', `${API3}/review-queues/create`, (v, own) => ({
    experiment_id: own.experiment,
    name: unique('queue'),
    queue_type: 'CUSTOM',
    users: ['u'],
    schema_ids: [v.labelSchema],
  })),
].map((attack) => ({
  ...attack,
  send: (as, v, own) => attack.send((path, init) => as(path.replace('ISSUE', v.issue), init), v, own),
}));

/** Jobs, which belong to the experiment that their parameters name. */
export const JOBS: readonly Attack[] = [
  gets('read a job', 'reads', (v) => `/ajax-api/3.0/jobs/${v.job}`),
  gets('read a job as the UI does', 'passes', (v) => `${AJAX}/jobs/${v.job}`),
  gets('cancel a job', 'changes', (v) => `/ajax-api/3.0/jobs/cancel/${v.job}`, 'PATCH'),
  gets('cancel a job as the UI does', 'changes', (v) => `${AJAX}/jobs/cancel/${v.job}`, 'PATCH'),
  gets('read a prompt optimisation', 'reads', (v) => `${API3}/prompt-optimization/jobs/${v.job}`),
  gets(
    'delete a prompt optimisation',
    'passes',
    (v) => `${API3}/prompt-optimization/jobs/${v.job}`,
    'DELETE',
  ),
  posts('cancel a prompt optimisation', 'changes', `${API3}/prompt-optimization/jobs/JOB/cancel`, () => ({})),
  posts('search prompt optimisations', 'reads', `${API3}/prompt-optimization/jobs/search`, (v) => ({
    experiment_id: v.experiment,
  })),
  // The job would read the prompt and write it to a run of the attacker.
  posts('optimise a prompt', 'closed', `${API3}/prompt-optimization/jobs`, (v, own) => ({
    experiment_id: own.experiment,
    source_prompt_uri: `prompts:/${v.registered}/1`,
    config: { optimizer_type: 'OPTIMIZER_TYPE_METAPROMPT', optimizer_config_json: '{}' },
  })),
  posts('score traces', 'closed', `${AJAX}/scorer/invoke`, (v, own) => ({
    experiment_id: own.experiment,
    serialized_scorer: serializedScorer('x'),
    trace_ids: [v.trace],
  })),
].map((attack) => ({
  ...attack,
  send: (as, v, own) => attack.send((path, init) => as(path.replace('JOB', v.job), init), v, own),
}));

const server = (v: Estate, rest = ''): string => `${API3}/mcp-servers/${v.mcpServer}${rest}`;

/** MCP servers, known by names. */
export const MCP_SERVERS: readonly Attack[] = [
  gets('read a server', 'reads', (v) => server(v)),
  gets('list versions', 'passes', (v) => server(v, '/versions')),
  gets('list endpoints', 'reads', (v) => server(v, '/endpoints')),
  ...(
    [
      ['change a server', 'PATCH', '', { description: 'intruder' }],
      ['tag a server', 'POST', '/tags', { key: 'intruder', value: 'x' }],
      ['make a server one’s own', 'POST', '/tags', { key: 'tenant', value: 'team-a' }],
      ['delete a tag of a server', 'DELETE', '/tags/note', undefined],
      [
        'make an endpoint',
        'POST',
        '/endpoints',
        { url: 'https://intruder.example/mcp', server_version: '1.0.0' },
      ],
    ] as const
  ).map(
    ([name, method, rest, json]): Attack => ({
      name,
      effect: 'changes',
      send: (as, v) => as(server(v, rest), { method, ...(json === undefined ? {} : { json }) }),
    }),
  ),
  // Not one with an active version.
  gets('delete a server', 'closed', (v) => server(v), 'DELETE'),
  {
    name: 'add a version to a server',
    effect: 'changes',
    send: (as, v) =>
      as(server(v, '/versions'), { json: { server_json: { name: v.mcpServer, version: '2.0.0' } } }),
  },
];

/** Searches are never refused; their responses must hold no data of the victim. */
export const GENAI_SEARCHES: readonly Attack[] = [
  posts('search datasets', 'reads', `${API3}/datasets/search`, (v) => ({ experiment_ids: [v.experiment] })),
  posts('search all datasets', 'reads', `${API3}/datasets/search`, (v) => ({
    filter_string: `tags.tenant = '${v.tenant}'`,
    max_results: 1000,
  })),
  gets('search datasets by GET', 'reads', () => `${API3}/datasets/search?max_results=1000`),
  gets('list all scorers', 'reads', () => `${API3}/scorers/list`),
  gets('list scorers of experiments', 'reads', (v) => `${API3}/scorers/list?experiment_ids=${v.experiment}`),
  gets(
    'read how traces are scored',
    'passes',
    (v) => `${API3}/scorers/online-configs?scorer_ids=${v.scorer}`,
  ),
  posts('search jobs', 'reads', '/ajax-api/3.0/jobs/search', () => ({})),
  posts('search jobs of an experiment', 'reads', '/ajax-api/3.0/jobs/search', (v) => ({
    params: { experiment_id: v.experiment },
  })),
  gets('search servers', 'reads', () => `${API3}/mcp-servers?max_results=1000`),
  gets(
    'search servers by name',
    'reads',
    (v) => `${API3}/mcp-servers?filter_string=${encodeURIComponent(`name = '${v.mcpServer}'`)}`,
  ),
  gets('search endpoints', 'reads', () => `${API3}/mcp-servers/endpoints?max_results=1000`),
  gets(
    'search endpoints of a server',
    'reads',
    (v) =>
      `${API3}/mcp-servers/endpoints?filter_string=${encodeURIComponent(`server_name = '${v.mcpServer}'`)}`,
  ),
];
