import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  API,
  type Estate,
  type Json,
  MINE,
  makeEstate,
  ok,
  openScene,
  PROXY,
  placeOf,
  type Scene,
  THEIRS,
} from './world.ts';

/** The shared experiment, and how alike what is another's is to what does not exist. */

let scene: Scene;
let own: Estate;
let victim: Estate;
beforeAll(async () => {
  scene = await openScene();
  own = await makeEstate(scene.direct, MINE, scene.dir);
  victim = await makeEstate(scene.direct, THEIRS, scene.dir);
});
afterAll(() => scene?.stop());

const runsFor = async (as: Scene['direct'], body: Json): Promise<string[]> => {
  const { runs = [] } = await ok(as, `${API}/runs/search`, body);
  return runs.map(({ info }: Json) => info.run_id);
};

test('a shared experiment is found by its name, and keeps what only one tenant may say of it', async () => {
  const { experiment } = await ok(scene.attacker, `${API}/experiments/get-by-name?experiment_name=Default`);
  expect(experiment.experiment_id).toBe('0');
  const log = (run_id: string) =>
    scene.attacker(`${API}/runs/log-inputs`, {
      json: { run_id, datasets: [{ dataset: { name: 'x', digest: '1', source_type: 's', source: 's' } }] },
    });
  const refused = await log(own.sharedRun);
  expect([refused.status, ((await refused.json()) as Json).reason]).toEqual([403, 'shared_experiment']);
  expect((await log(own.run)).status).toBe(200);
});

test('a run that names another tenant’s as its parent is none of its children', async () => {
  const parent = { key: 'mlflow.parentRunId', value: victim.sharedRun };
  const child = await ok(scene.attacker, `${API}/runs/create`, { experiment_id: '0', tags: [parent] });
  const filter = `tags.mlflow.parentRunId = '${victim.sharedRun}'`;
  const search = { experiment_ids: ['0'], filter };
  expect(await runsFor(scene.direct, search)).toEqual([child.run.info.run_id]);
  expect(await runsFor(scene.owner, search)).toEqual([]);
  await ok(scene.owner, `${API}/runs/delete`, { run_id: victim.sharedRun });
  await ok(scene.owner, `${API}/runs/restore`, { run_id: victim.sharedRun });
  expect(await runsFor(scene.attacker, search)).toEqual([child.run.info.run_id]);
});

test.each(['runs', 'logged-models'])(
  'a page token of another tenant’s leads to own %s only',
  async (what) => {
    const made = async (as: Scene['direct']): Promise<void> => {
      const path = what === 'runs' ? `${API}/runs/create` : `${API}/logged-models`;
      for (let i = 0; i < 3; i++)
        await ok(as, path, { experiment_id: '0', ...(what === 'runs' ? {} : { name: 'x' }) });
    };
    await made(scene.attacker);
    await made(scene.owner);
    const page = { experiment_ids: ['0'], max_results: 1 };
    const { next_page_token } = await ok(scene.owner, `${API}/${what}/search`, page);
    expect(next_page_token).toEqual(expect.any(String));
    const answer = await scene.attacker(`${API}/${what}/search`, {
      // A filter that names the tag has it shown.
      json: {
        ...page,
        page_token: next_page_token,
        ...(what === 'runs' ? { filter: "tags.tenant LIKE '%'" } : {}),
      },
    });
    const text = await answer.text();
    expect(text).not.toContain(victim.secret);
    // A token of logged models says what was searched, the tenant's clause too, and MLflow wants it to be the same.
    if (what === 'runs') {
      expect(text).toContain(`"value": "${MINE}"`);
      expect(text).not.toContain(`"value": "${THEIRS}"`);
    } else expect(answer.status, text).toBe(400);
  },
);

describe('another’s and nobody’s: the same answer, after as many questions to MLflow', () => {
  const HEX = '0123456789abcdef0123456789abcdef';
  const PAIRS: readonly (readonly [string, (v: Estate) => string, string])[] = [
    ['run', (v) => `${API}/runs/get?run_id=${v.run}`, `${API}/runs/get?run_id=${HEX}`],
    [
      'run in the shared experiment',
      (v) => `${API}/runs/get?run_id=${v.sharedRun}`,
      `${API}/runs/get?run_id=${HEX}`,
    ],
    [
      'experiment',
      (v) => `${API}/experiments/get?experiment_id=${v.experiment}`,
      `${API}/experiments/get?experiment_id=987654`,
    ],
    [
      'experiment by name',
      (v) => `${API}/experiments/get-by-name?experiment_name=${v.experimentName}`,
      `${API}/experiments/get-by-name?experiment_name=nothing`,
    ],
    ['logged model', (v) => `${API}/logged-models/${v.model}`, `${API}/logged-models/m-${HEX}`],
    [
      'registered model',
      (v) => `${API}/registered-models/get?name=${v.registered}`,
      `${API}/registered-models/get?name=nothing`,
    ],
    [
      'version',
      (v) => `${API}/model-versions/get?name=${v.registered}&version=1`,
      `${API}/model-versions/get?name=nothing&version=1`,
    ],
    [
      'file of a run',
      (v) => `/get-artifact?run_id=${v.run}&path=secret.txt`,
      `/get-artifact?run_id=${HEX}&path=secret.txt`,
    ],
    ['directory of an experiment', (v) => `${PROXY}?path=${v.experiment}`, `${PROXY}?path=987654`],
    [
      'file in the store',
      (v) => `${PROXY}/${placeOf(v.runUri)}/secret.txt`,
      `${PROXY}/${'EXPERIMENT'}/${HEX}/artifacts/secret.txt`,
    ],
    [
      'file in the shared directory',
      (v) => `${PROXY}/0/${v.sharedRun}/artifacts/secret.txt`,
      `${PROXY}/0/${HEX}/artifacts/secret.txt`,
    ],
  ];

  const ask = async (path: string): Promise<object> => {
    const before = scene.relay.seen.length;
    const answer = await scene.attacker(path);
    const { request_id: _, message, ...body } = (await answer.json()) as Json;
    const headers = [...answer.headers.keys()].sort();
    const questions = scene.relay.seen.length - before;
    return {
      status: answer.status,
      headers,
      body,
      words: String(message).replace(/"[^"]*"/g, 'it'),
      questions,
    };
  };

  test.each(PAIRS)('%s', async (_, theirs, none) => {
    const nothing = none.replace('EXPERIMENT', victim.experiment);
    const cold = [await ask(theirs(victim)), await ask(nothing)];
    expect(cold[0]).toEqual(cold[1]);
    // The owner uses it, so that the gateway knows whose it is.
    expect((await scene.owner(theirs(victim))).status).toBeLessThan(500);
    const warm = [await ask(theirs(victim)), await ask(nothing), await ask(theirs(victim))];
    expect(warm[0]).toEqual(warm[1]);
    expect(warm[2]).toEqual(warm[1]);
  });
});
