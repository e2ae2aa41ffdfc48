import { unique } from '../../../harness/stack.ts';
import { API, type Estate, placeOf } from '../estate.ts';
import { type Attack, gets, posts } from './attack.ts';

const intruder = { key: 'intruder', value: 'x' };
const RM = `${API}/registered-models`;
const MV = `${API}/model-versions`;
const version = (v: { registered: string }) => ({ name: v.registered, version: '1' });

/** By the name of a registered model. */
export const REGISTRY: readonly Attack[] = [
  gets('read a registered model', 'reads', (v) => `${RM}/get?name=${v.registered}`),
  gets('read a version', 'reads', (v) => `${MV}/get?name=${v.registered}&version=1`),
  gets('read a version by its alias', 'reads', (v) => `${RM}/alias?name=${v.registered}&alias=champion`),
  gets('learn where a version is', 'passes', (v) => `${MV}/get-download-uri?name=${v.registered}&version=1`),
  gets('read the latest versions', 'reads', (v) => `${RM}/get-latest-versions?name=${v.registered}`),
  posts('read the latest versions by POST', 'reads', `${RM}/get-latest-versions`, (v) => ({
    name: v.registered,
  })),
  posts(
    'describe a registered model',
    'changes',
    `${RM}/update`,
    (v) => ({
      name: v.registered,
      description: 'mine',
    }),
    'PATCH',
  ),
  posts('rename a registered model', 'changes', `${RM}/rename`, (v) => ({
    name: v.registered,
    new_name: unique('mine'),
  })),
  posts('tag a registered model', 'changes', `${RM}/set-tag`, (v) => ({ name: v.registered, ...intruder })),
  posts(
    'delete a tag of a registered model',
    'changes',
    `${RM}/delete-tag`,
    (v) => ({
      name: v.registered,
      key: 'note',
    }),
    'DELETE',
  ),
  posts('move an alias', 'changes', `${RM}/alias`, (v) => ({ ...version(v), alias: 'challenger' })),
  posts(
    'delete an alias',
    'changes',
    `${RM}/alias`,
    (v) => ({ name: v.registered, alias: 'champion' }),
    'DELETE',
  ),
  posts('delete a registered model', 'changes', `${RM}/delete`, (v) => ({ name: v.registered }), 'DELETE'),
  posts(
    'describe a version',
    'changes',
    `${MV}/update`,
    (v) => ({ ...version(v), description: 'mine' }),
    'PATCH',
  ),
  posts('tag a version', 'changes', `${MV}/set-tag`, (v) => ({ ...version(v), ...intruder })),
  posts(
    'delete a tag of a version',
    'changes',
    `${MV}/delete-tag`,
    (v) => ({ ...version(v), key: 'note' }),
    'DELETE',
  ),
  posts('move a version to a stage', 'changes', `${MV}/transition-stage`, (v) => ({
    ...version(v),
    stage: 'Production',
    archive_existing_versions: false,
  })),
  posts('delete a version', 'changes', `${MV}/delete`, version, 'DELETE'),
  posts('add a version', 'changes', `${MV}/create`, (v, own) => ({
    name: v.registered,
    source: own.runUri,
    run_id: own.run,
  })),
];

const made = (name: string, effect: Attack['effect'], body: (v: Estate, own: Estate) => object): Attack => ({
  name: `a version from ${name}`,
  effect,
  // Made, and then its files read, which is what the attacker is after.
  send: async (as, v, own) => {
    const answer = await as(`${MV}/create`, { json: { name: own.registered, ...body(v, own) } });
    if (!answer.ok) return answer;
    const { model_version } = (await answer.json()) as { model_version: { version: string } };
    const read = await as(
      `/model-versions/get-artifact?name=${own.registered}&version=${model_version.version}&path=secret.txt`,
    );
    return new Response(await read.text(), { status: 200 });
  },
});

/** A victim's place as the artifact proxy has it. */
const place = (v: Estate): string => placeOf(v.runUri);

/** Other spellings of places, named beside an own run. */
const FORMS: readonly (readonly [string, Attack['effect'], (v: Estate, own: Estate) => string])[] = [
  ['a place with a host', 'closed', (v) => `mlflow-artifacts://localhost/${place(v)}`],
  ['a place with an empty host', 'closed', (v) => `mlflow-artifacts:///${place(v)}`],
  ['a place with two slashes more', 'closed', (v) => `mlflow-artifacts:////${place(v)}`],
  ['a place in capitals', 'closed', (v) => `MLFLOW-artifacts:/${place(v)}`],
  ['a climb from an own place', 'closed', (v, own) => `${own.runUri}/../../../${place(v)}`],
  ['an encoded climb', 'closed', (v, own) => `${own.runUri}/%2e%2e/%2e%2e/%2e%2e/${place(v)}`],
  ['a climb in a fragment', 'closed', (v, own) => `${own.runUri}#/../../../${place(v)}`],
  ['runs:/ with two slashes more', 'closed', (v) => `runs:///${v.run}`],
  ['runs:/ with a host', 'closed', (v) => `runs://localhost/${v.run}`],
  ['models:/ with a host', 'closed', (v) => `models://localhost/${v.registered}/1`],
  ['a logged model with a version', 'closed', (v) => `models:/${v.model}/1`],
  ['a file of a logged model', 'closed', (v) => `models:/${v.model}/secret.txt`],
  ['a bucket', 'passes', () => 's3://bucket/key'],
  ['another bucket', 'passes', () => 'gs://bucket/key'],
  ['a page', 'closed', () => 'https://169.254.169.254/latest'],
  ['a file of the server', 'closed', () => 'file:///etc'],
  ['a path of the server', 'closed', () => '/etc'],
  ['a relative path', 'closed', () => 'etc'],
  ['the directory of all artifacts', 'closed', () => 'mlartifacts'],
  ['the top of the artifacts', 'closed', () => 'mlflow-artifacts:/'],
  ['the shared directory', 'closed', () => 'mlflow-artifacts:/0'],
  ['a file system', 'passes', () => 'dbfs:/x'],
];

/** What a version is said to be made from: MLflow serves its files from there. */
export const SOURCES: readonly Attack[] = [
  // MLflow 3.17 wants the run or model beside the source and checks that it contains it; older ones do not.
  made("another's run and place", 'reads', (v) => ({ source: v.runUri, run_id: v.run })),
  made("another's model and place", 'reads', (v) => ({ source: v.modelUri, model_id: v.model })),
  made("another's model by its URI", 'reads', (v) => ({ source: `models:/${v.model}`, model_id: v.model })),
  made("another's registered model", 'reads', (v) => ({ source: `models:/${v.registered}/1` })),
  made("another's alias", 'reads', (v) => ({ source: `models:/${v.registered}@champion` })),
  made("another's run by its URI", 'passes', (v) => ({ source: `runs:/${v.run}`, run_id: v.run })),
  made("another's place and an own run", 'closed', (v, own) => ({ source: v.runUri, run_id: own.run })),
  made("another's place alone", 'closed', (v) => ({ source: v.runUri })),
  made("an own run's URI with another's run beside", 'closed', (v, own) => ({
    source: `runs:/${own.run}`,
    run_id: v.run,
  })),
  // A placeholder of prompts is passed on, since prompts have it; here MLflow itself refuses it.
  ...FORMS.filter(([name]) => name !== 'a placeholder of prompts').map(([name, effect, source]) =>
    made(name, effect, (v, own) => ({ source: source(v, own), run_id: own.run })),
  ),
  // Before 3.10 a prompt could have any source.
  made('a prompt’s word for it', 'closed', (v) => ({
    source: v.runUri,
    tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }],
  })),
];
