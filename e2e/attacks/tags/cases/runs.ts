import { API } from '../estate.ts';
import { type Attack, gets, posts } from './attack.ts';

const metric = (more: object) => ({ key: 'intruder', value: 1, timestamp: 1, step: 0, ...more });
const intruder = { key: 'intruder', value: 'x' };
const dataset = (source: string) => ({ dataset: { name: 'd', digest: '1', source_type: 's', source } });

/** By the id of a run, in each field that takes one. */
export const RUNS: readonly Attack[] = [
  gets('read a run', 'reads', (v) => `${API}/runs/get?run_id=${v.run}`),
  gets('read a run by its older field', 'reads', (v) => `${API}/runs/get?run_uuid=${v.run}`),
  // Of the two MLflow reads run_id; a check of run_uuid alone would let this pass.
  gets(
    'read a run, naming an own one too',
    'reads',
    (v, own) => `${API}/runs/get?run_id=${v.run}&run_uuid=${own.run}`,
  ),
  gets(
    'name a run beside an own one',
    'passes',
    (v, own) => `${API}/runs/get?run_id=${own.run}&run_uuid=${v.run}`,
  ),
  gets('read a run in the shared experiment', 'reads', (v) => `${API}/runs/get?run_id=${v.sharedRun}`),
  gets('read a metric', 'reads', (v) => `${API}/metrics/get-history?run_id=${v.run}&metric_key=${v.secret}`),
  gets(
    'read metrics of several runs, own ones first',
    'reads',
    (v, own) =>
      `/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=${own.run}&run_id=${v.run}&metric_key=${v.secret}`,
  ),
  gets(
    'read metrics at intervals',
    'reads',
    (v, own) =>
      `/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=${own.run}&run_ids=${v.run}&metric_key=${v.secret}&max_results=5`,
  ),
  posts('log a metric', 'changes', `${API}/runs/log-metric`, (v) => metric({ run_id: v.run })),
  posts('log a metric by the older field', 'changes', `${API}/runs/log-metric`, (v) =>
    metric({ run_uuid: v.run }),
  ),
  posts('log a parameter', 'changes', `${API}/runs/log-parameter`, (v) => ({ run_id: v.run, ...intruder })),
  posts('log a batch', 'changes', `${API}/runs/log-batch`, (v) => ({ run_id: v.run, params: [intruder] })),
  posts('set a tag', 'changes', `${API}/runs/set-tag`, (v) => ({ run_id: v.run, ...intruder })),
  posts('set a tag in the shared experiment', 'changes', `${API}/runs/set-tag`, (v) => ({
    run_id: v.sharedRun,
    ...intruder,
  })),
  posts('delete a tag', 'changes', `${API}/runs/delete-tag`, (v) => ({ run_id: v.run, key: 'note' })),
  posts('rename a run', 'changes', `${API}/runs/update`, (v) => ({ run_id: v.run, run_name: 'mine' })),
  posts('delete a run', 'changes', `${API}/runs/delete`, (v) => ({ run_id: v.run })),
  posts('delete a run of the shared experiment', 'changes', `${API}/runs/delete`, (v) => ({
    run_id: v.sharedRun,
  })),
  {
    name: 'restore a run',
    effect: 'passes',
    send: (as, v) => as(`${API}/runs/restore`, { json: { run_id: v.run } }),
  },
  posts('log a dataset', 'changes', `${API}/runs/log-inputs`, (v) => ({
    run_id: v.run,
    datasets: [{ dataset: { name: 'intruder', digest: '2', source_type: 's', source: 's' } }],
  })),
  posts('log a model', 'changes', `${API}/runs/log-model`, (v) => ({
    run_id: v.run,
    model_json: JSON.stringify({ artifact_path: 'x', run_id: v.run, utc_time_created: 'now', flavors: {} }),
  })),
  posts('log an output', 'changes', `${API}/runs/outputs`, (v, own) => ({
    run_id: v.run,
    models: [{ model_id: own.model, step: 0 }],
  })),
  posts('create a run in an experiment', 'passes', `${API}/runs/create`, (v) => ({
    experiment_id: v.experiment,
  })),
  // MLflow would have the second tenant's run show what the first one said of a dataset of that name and digest.
  {
    name: 'have a dataset of the shared experiment answered with',
    effect: 'reads',
    send: async (as, v, own) => {
      await as(`${API}/runs/log-inputs`, { json: { run_id: v.sharedRun, datasets: [dataset(v.secret)] } });
      const logged = await as(`${API}/runs/log-inputs`, {
        json: { run_id: own.sharedRun, datasets: [dataset('mine')] },
      });
      return logged.ok ? as(`${API}/runs/get?run_id=${own.sharedRun}`) : logged;
    },
  },
];

const OF_LOGGED_MODELS: readonly Attack[] = [
  gets('read a logged model', 'reads', (v) => `${API}/logged-models/${v.model}`),
  posts(
    'tag a logged model',
    'changes',
    `${API}/logged-models/MODEL/tags`,
    () => ({ tags: [intruder] }),
    'PATCH',
  ),
  gets(
    'delete a tag of a logged model',
    'changes',
    (v) => `${API}/logged-models/${v.model}/tags/note`,
    'DELETE',
  ),
  posts(
    'finish a logged model',
    'changes',
    `${API}/logged-models/MODEL`,
    (v) => ({
      model_id: v.model,
      status: 'LOGGED_MODEL_READY',
    }),
    'PATCH',
  ),
  posts('log parameters of a logged model', 'changes', `${API}/logged-models/MODEL/params`, (v) => ({
    model_id: v.model,
    params: [intruder],
  })),
  gets('delete a logged model', 'changes', (v) => `${API}/logged-models/${v.model}`, 'DELETE'),
  posts('log a metric of a logged model', 'changes', `${API}/runs/log-metric`, (v, own) =>
    metric({ run_id: own.run, model_id: v.model }),
  ),
  posts('log a batch of metrics, one of a logged model', 'changes', `${API}/runs/log-batch`, (v, own) => ({
    run_id: own.run,
    metrics: [metric({}), metric({ model_id: v.model })],
  })),
  posts('have a logged model as an input', 'passes', `${API}/runs/log-inputs`, (v, own) => ({
    run_id: own.run,
    models: [{ model_id: v.model }],
  })),
  posts('have a logged model as an output', 'passes', `${API}/runs/outputs`, (v, own) => ({
    run_id: own.run,
    models: [{ model_id: v.model, step: 0 }],
  })),
  posts('make a logged model from a run', 'passes', `${API}/logged-models`, (v, own) => ({
    experiment_id: own.experiment,
    name: 'x',
    source_run_id: v.run,
  })),
  posts('make a logged model in an experiment', 'passes', `${API}/logged-models`, (v) => ({
    experiment_id: v.experiment,
    name: 'x',
  })),
];

/** By the id of a logged model, which may be in the path. */
export const LOGGED_MODELS: readonly Attack[] = OF_LOGGED_MODELS.map((attack) => ({
  ...attack,
  send: (as, v, own) => attack.send((path, init) => as(path.replace('MODEL', v.model), init), v, own),
}));
