import { unique } from '../../../harness/stack.ts';
import { API } from '../estate.ts';
import { type Attack, gets, posts } from './attack.ts';

const KEY = 'tenant';
type Send = Attack['send'];
type Of<T> = (victim: Parameters<Send>[1], own: Parameters<Send>[2]) => T;

const gives = (name: string, path: string, what: Of<object>, method?: string): Attack =>
  posts(
    `give ${name} to another tenant`,
    'changes',
    path,
    (v, own) => ({ ...what(v, own), key: KEY, value: v.tenant }),
    method,
  );
const drops = (name: string, path: string, what: Of<object>, method?: string): Attack =>
  posts(`take the owner off ${name}`, 'passes', path, (v, own) => ({ ...what(v, own), key: KEY }), method);
const makes = (name: string, path: string, what: Of<object>): Attack =>
  posts(`make ${name} another tenant's`, 'changes', path, (v, own) => ({
    ...what(v, own),
    tags: [{ key: KEY, value: v.tenant }],
  }));

const WAYS: readonly Attack[] = [
  gives('a run', `${API}/runs/set-tag`, (_, own) => ({ run_id: own.sharedRun })),
  gives('an experiment', `${API}/experiments/set-experiment-tag`, (_, own) => ({
    experiment_id: own.experiment,
  })),
  gives('a registered model', `${API}/registered-models/set-tag`, (_, own) => ({ name: own.registered })),
  gives('a version', `${API}/model-versions/set-tag`, (_, own) => ({ name: own.registered, version: '1' })),
  posts('give a run to another tenant in a batch', 'changes', `${API}/runs/log-batch`, (v, own) => ({
    run_id: own.sharedRun,
    tags: [
      { key: 'a', value: 'b' },
      { key: KEY, value: v.tenant },
    ],
  })),
  posts('repeat the owner in a batch, and then another', 'changes', `${API}/runs/log-batch`, (v, own) => ({
    run_id: own.sharedRun,
    tags: [
      { key: KEY, value: own.tenant },
      { key: KEY, value: v.tenant },
    ],
  })),
  {
    name: 'give a logged model to another tenant',
    effect: 'passes',
    send: (as, v, own) =>
      as(`${API}/logged-models/${own.model}/tags`, {
        method: 'PATCH',
        json: { tags: [{ key: KEY, value: v.tenant }] },
      }),
  },
  drops('a run', `${API}/runs/delete-tag`, (_, own) => ({ run_id: own.sharedRun })),
  drops('an experiment', `${API}/experiments/delete-experiment-tag`, (_, own) => ({
    experiment_id: own.experiment,
  })),
  drops(
    'a registered model',
    `${API}/registered-models/delete-tag`,
    (_, own) => ({ name: own.registered }),
    'DELETE',
  ),
  drops(
    'a version',
    `${API}/model-versions/delete-tag`,
    (_, own) => ({ name: own.registered, version: '1' }),
    'DELETE',
  ),
  gets(
    'take the owner off a logged model',
    'passes',
    (_, own) => `${API}/logged-models/${own.model}/tags/${KEY}`,
    'DELETE',
  ),
  makes('a run', `${API}/runs/create`, () => ({ experiment_id: '0' })),
  makes('an experiment', `${API}/experiments/create`, () => ({ name: unique('planted') })),
  makes('a registered model', `${API}/registered-models/create`, () => ({ name: unique('planted') })),
  makes('a version', `${API}/model-versions/create`, (_, own) => ({
    name: own.registered,
    source: own.runUri,
    run_id: own.run,
  })),
  makes('a logged model', `${API}/logged-models`, () => ({ experiment_id: '0', name: 'planted' })),
  posts(
    'repeat the owner on a new model, and then another',
    'changes',
    `${API}/registered-models/create`,
    (v, own) => ({
      name: unique('planted'),
      tags: [
        { key: KEY, value: own.tenant },
        { key: KEY, value: v.tenant },
      ],
    }),
  ),
];

/** The tag that says whose a thing is, on what is the attacker's own: it would turn up among the victim's. */
export const OWNER_TAG: readonly Attack[] = WAYS.map((attack) => ({ ...attack, spends: true }));
