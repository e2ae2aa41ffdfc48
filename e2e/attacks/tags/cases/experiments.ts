import { API } from '../../../harness/mlflow-api.ts';
import { unique } from '../../../harness/stack.ts';
import { type Attack, gets, posts } from './attack.ts';

const intruder = { key: 'intruder', value: 'x' };

/** Attacks by the id or name of an experiment, and by searches in it. */
export const EXPERIMENTS: readonly Attack[] = [
  gets('read an experiment', 'reads', (v) => `${API}/experiments/get?experiment_id=${v.experiment}`),
  gets(
    'read an experiment by name',
    'reads',
    (v) => `${API}/experiments/get-by-name?experiment_name=${v.experimentName}`,
  ),
  posts('rename an experiment', 'changes', `${API}/experiments/update`, (v) => ({
    experiment_id: v.experiment,
    new_name: unique('mine'),
  })),
  posts('tag an experiment', 'changes', `${API}/experiments/set-experiment-tag`, (v) => ({
    experiment_id: v.experiment,
    ...intruder,
  })),
  posts('delete a tag of an experiment', 'changes', `${API}/experiments/delete-experiment-tag`, (v) => ({
    experiment_id: v.experiment,
    key: 'note',
  })),
  posts('delete an experiment', 'changes', `${API}/experiments/delete`, (v) => ({
    experiment_id: v.experiment,
  })),
  posts('restore an experiment', 'closed', `${API}/experiments/restore`, (v) => ({
    experiment_id: v.experiment,
  })),
  posts('rename the shared experiment', 'closed', `${API}/experiments/update`, (v) => ({
    experiment_id: '0',
    new_name: v.experimentName,
  })),
];

/** Searches are never refused; their responses must hold no data of the victim. */
export const SEARCHES: readonly Attack[] = [
  posts('search runs in an experiment', 'reads', `${API}/runs/search`, (v) => ({
    experiment_ids: [v.experiment],
  })),
  posts('search runs in the shared experiment', 'reads', `${API}/runs/search`, () => ({
    experiment_ids: ['0'],
  })),
  posts('search runs in an own experiment and another', 'reads', `${API}/runs/search`, (v, own) => ({
    experiment_ids: [own.experiment, v.experiment, '0'],
    order_by: [`metrics.\`${v.secret}\` DESC`, 'tags.tenant DESC'],
    run_view_type: 'ALL',
  })),
  posts('search runs by known tags and parameters', 'reads', `${API}/runs/search`, (v) => ({
    experiment_ids: [v.experiment, '0'],
    filter: `tags.tenant = '${v.tenant}' AND params.p = '${v.secret}'`,
  })),
  posts('search experiments', 'reads', `${API}/experiments/search`, (v) => ({
    max_results: 1000,
    filter: `tags.tenant = '${v.tenant}'`,
    view_type: 'ALL',
  })),
  gets(
    'search experiments by name',
    'reads',
    (v) =>
      `${API}/experiments/search?max_results=10&filter=${encodeURIComponent(`name = '${v.experimentName}'`)}`,
  ),
  posts('search logged models', 'reads', `${API}/logged-models/search`, (v) => ({
    experiment_ids: [v.experiment, '0'],
    filter: `tags.tenant = '${v.tenant}'`,
  })),
  gets(
    'search registered models',
    'reads',
    (v) => `${API}/registered-models/search?filter=${encodeURIComponent(`tags.note = '${v.secret}'`)}`,
  ),
  gets(
    'search model versions by name',
    'reads',
    (v) => `${API}/model-versions/search?filter=${encodeURIComponent(`name = '${v.registered}'`)}`,
  ),
  gets(
    'search model versions by run',
    'reads',
    (v) => `${API}/model-versions/search?filter=${encodeURIComponent(`run_id = '${v.run}'`)}`,
  ),
  // A summary reveals only that the resource exists.
  {
    name: 'list datasets',
    effect: 'reads',
    send: async (as, v) => {
      const answer = await as('/ajax-api/2.0/mlflow/experiments/search-datasets', {
        json: { experiment_ids: [v.experiment, '0'] },
      });
      const text = await answer.text();
      return new Response(text.includes(`"${v.experiment}"`) ? v.secret : text, { status: answer.status });
    },
  },
];
