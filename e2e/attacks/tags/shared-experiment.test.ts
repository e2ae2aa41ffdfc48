import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  API,
  API3,
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
} from './estate.ts';

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

describe('another’s and nobody’s: the same answer, byte for byte, after as many questions to MLflow', () => {
  const HEX = '0123456789abcdef0123456789abcdef';

  interface Pair {
    readonly path: (id: string) => string;
    readonly theirs: (v: Estate) => string;
    readonly nobodys: string | ((v: Estate) => string);
    /** Whether MLflow answers the same for an id that does not exist. */
    readonly mlflows?: true;
  }

  const PAIRS: Readonly<Record<string, Pair>> = {
    run: { path: (id) => `${API}/runs/get?run_id=${id}`, theirs: (v) => v.run, nobodys: HEX, mlflows: true },
    'run in the shared experiment': {
      path: (id) => `${API}/runs/get?run_id=${id}`,
      theirs: (v) => v.sharedRun,
      nobodys: HEX,
      mlflows: true,
    },
    experiment: {
      path: (id) => `${API}/experiments/get?experiment_id=${id}`,
      theirs: (v) => v.experiment,
      nobodys: '987654',
      mlflows: true,
    },
    'experiment by name': {
      path: (id) => `${API}/experiments/get-by-name?experiment_name=${id}`,
      theirs: (v) => v.experimentName,
      nobodys: 'nothing',
      mlflows: true,
    },
    'logged model': {
      path: (id) => `${API}/logged-models/${id}`,
      theirs: (v) => v.model,
      nobodys: `m-${HEX}`,
      mlflows: true,
    },
    'registered model': {
      path: (id) => `${API}/registered-models/get?name=${id}`,
      theirs: (v) => v.registered,
      nobodys: 'nothing',
      mlflows: true,
    },
    version: {
      path: (id) => `${API}/model-versions/get?name=${id}&version=1`,
      theirs: (v) => v.registered,
      nobodys: 'nothing',
    },
    trace: {
      path: (id) => `${API3}/traces/${id}`,
      theirs: (v) => v.trace,
      nobodys: `tr-${HEX}`,
      mlflows: true,
    },
    'evaluation dataset': {
      path: (id) => `${API3}/datasets/${id}`,
      theirs: (v) => v.dataset,
      nobodys: `d-${HEX}`,
      mlflows: true,
    },
    'file of a run': {
      path: (id) => `/get-artifact?run_id=${id}&path=secret.txt`,
      theirs: (v) => v.run,
      nobodys: HEX,
      mlflows: true,
    },
    'directory of an experiment': {
      path: (id) => `${PROXY}?path=${id}`,
      theirs: (v) => v.experiment,
      nobodys: '987654',
    },
    'file in the store': {
      path: (id) => `${PROXY}/${id}/secret.txt`,
      theirs: (v) => placeOf(v.runUri),
      nobodys: (v) => `${v.experiment}/${HEX}/artifacts`,
    },
    'file in the shared directory': {
      path: (id) => `${PROXY}/0/${id}/artifacts/secret.txt`,
      theirs: (v) => v.sharedRun,
      nobodys: HEX,
    },
  };

  const ask = async (path: string, id: string): Promise<object> => {
    const before = scene.relay.seen.length;
    const answer = await scene.attacker(path);
    const text = (await answer.text()).replaceAll(id, 'it').replace(/"request_id":"[^"]*"/, '');
    const headers = [...answer.headers.keys()].sort();
    return { status: answer.status, headers, text, questions: scene.relay.seen.length - before };
  };

  test.each(Object.entries(PAIRS))('%s', async (_, { path, theirs, nobodys, mlflows }) => {
    const foreign = theirs(victim);
    const none = typeof nobodys === 'string' ? nobodys : nobodys(victim);
    const askTheirs = (): Promise<object> => ask(path(foreign), foreign);
    const askNobodys = (): Promise<object> => ask(path(none), none);
    const cold = [await askTheirs(), await askNobodys()];
    expect(cold[0]).toEqual(cold[1]);
    // The owner uses it, so that the gateway knows whose it is.
    expect((await scene.owner(path(foreign))).status).toBeLessThan(500);
    const warm = [await askTheirs(), await askNobodys(), await askTheirs()];
    expect(warm[0]).toEqual(warm[1]);
    expect(warm[2]).toEqual(warm[1]);
    if (!mlflows) return;
    const [ours, mlflow] = [await scene.attacker(path(none)), await scene.direct(path(none))];
    const { error_code, message } = (await mlflow.json()) as Json;
    expect(await ours.json()).toMatchObject({ error_code, message });
    expect(ours.status).toBe(mlflow.status);
  });
});
