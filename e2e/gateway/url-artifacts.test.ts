import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasWorkspaces, isBefore, mlflowVersion } from '../harness/mlflow-version.ts';
import { RestCaller } from '../harness/rest-caller.ts';
import { type Stack, startStack, unique } from '../harness/stack.ts';
import { type SlowStore, startSlowStore } from './slow-store.ts';

/** An MLflow whose artifact URIs are http URLs of its own proxy, with a store that can be slow. */

const ROUTE = '/api/2.0/mlflow-artifacts/artifacts';
const PLACE = `http://mlflow.internal${ROUTE}`;
const REQUEST_TIMEOUT_S = 3;
/** MLflow sends two requests to its store for a download: for the kind of the path, and for its bytes. */
const DELAY_S = REQUEST_TIMEOUT_S + 1;
const STREAM_IDLE_S = 3 * DELAY_S;

const STRATEGIES = hasWorkspaces(mlflowVersion()) ? (['workspaces', 'tags'] as const) : (['tags'] as const);

describe.each(STRATEGIES)('artifacts at an http URL of MLflow, %s', (strategy) => {
  const [team, other] = [unique('url-a'), unique('url-b')];
  let stack: Stack;
  let store: SlowStore;
  let a: RestCaller;
  let b: RestCaller;

  beforeAll(async () => {
    store = await startSlowStore();
    stack = await startStack({
      auth: 'oidc',
      workspaces: strategy === 'workspaces',
      tenants: [team, other],
      mlflow: {
        extraArgs: ['--default-artifact-root', PLACE],
        artifactsDestination: store.destination,
        // A worker of gunicorn processes one request at a time: four wait for the store below, and one must be free.
        ...(isBefore(mlflowVersion(), '3.5') ? { workers: 5 } : {}),
      },
      env: {
        GW_REQUEST_TIMEOUT_SECONDS: `${REQUEST_TIMEOUT_S}`,
        GW_STREAM_IDLE_TIMEOUT_SECONDS: `${STREAM_IDLE_S}`,
        ...(strategy === 'tags' ? { GW_TENANT_ARTIFACT_ROOT: 'http://store.internal/{tenant}' } : {}),
      },
    });
    a = new RestCaller(stack.as(team, 'admin'));
    b = new RestCaller(stack.as(other, 'admin'));
  });
  afterAll(async () => {
    await stack?.stop();
    await store?.stop();
  });

  const fileOf = (uri: string, name: string): string => `${uri.replace(PLACE, ROUTE)}/${name}`;

  test('uploads, lists and sources work and stay inside the tenant', async () => {
    const { id, uri } = await a.run(await a.experiment());
    expect(uri.startsWith(`${PLACE}/`)).toBe(true);
    const file = fileOf(uri, 'd/a.txt');
    expect((await a.put(file, 'mine')).status).toBe(200);
    expect((await a.get(file)).text).toBe('mine');
    for (const refused of [await b.get(file), await b.put(file, 'theirs'), await b.delete(file)])
      expect([400, 404], refused.text).toContain(refused.status);
    expect((await a.get(file)).text).toBe('mine');
    expect((await a.get(`/api/2.0/mlflow/artifacts/list?run_id=${id}&path=d`)).text).toContain('d/a.txt');
    const name = await a.model();
    const create = (caller: RestCaller, model: string, source: string, run_id?: string) =>
      caller.post('/api/2.0/mlflow/model-versions/create', { name: model, source, run_id });
    const made = await create(a, name, `${uri}//d/`, id);
    expect(made.status, made.text).toBe(200);
    expect((made.body.model_version as { source: string }).source).toBe(`${uri}/d`);
    const theirs = await b.model();
    const own = await b.run(await b.experiment());
    const inside = uri.slice(PLACE.length);
    for (const source of [
      uri,
      `mlflow-artifacts:${inside}`,
      `mlflow-artifacts://mlflow.internal${inside}`,
      // MLflow reads the path after the first root, and ignores a second root.
      `${own.uri}${ROUTE}${inside}`,
      `http://mlflow.internal/ajax-api${ROUTE.slice('/api'.length)}/${own.id}${ROUTE}${inside}`,
      // Below the tenant's own root MLflow reads a path of its own store.
      `http://store.internal/${other}${ROUTE}${inside}`,
    ]) {
      const refused = await create(b, theirs, source, own.id);
      expect([source, refused.body.reason]).toEqual([source, 'storage_uri_refused']);
    }
    const elsewhere = await create(a, name, uri.replace('mlflow.internal', 'elsewhere'), id);
    expect(elsewhere.body.reason).toBe('storage_uri_refused');
  });

  // The same under both strategies, and slow.
  if (strategy === 'workspaces') return;

  describe('a store that answers late', () => {
    let run: { id: string; uri: string };
    let file: string;
    beforeAll(async () => {
      run = await a.run(await a.experiment());
      file = fileOf(run.uri, 'd/slow.txt');
      expect((await a.put(file, 'late')).status).toBe(200);
    });
    afterAll(() => {
      store.delayMs = 0;
    });

    test('requests for it may take longer than GW_REQUEST_TIMEOUT_SECONDS and delay no others', async () => {
      store.delayMs = DELAY_S * 1_000;
      const asked = [
        file,
        `/get-artifact?run_id=${run.id}&path=d/slow.txt`,
        `/api/2.0/mlflow/artifacts/list?run_id=${run.id}&path=d`,
        `${ROUTE}?path=${run.uri.slice(PLACE.length + 1)}/d`,
      ];
      const started = performance.now();
      const slow = Promise.all(asked.map((path) => a.get(path)));
      const theirs = await b.get('/api/2.0/mlflow/experiments/get-by-name?experiment_name=none');
      expect([theirs.status, performance.now() - started < store.delayMs]).toEqual([404, true]);
      for (const [index, answer] of (await slow).entries())
        expect([asked[index], answer.status, answer.text]).toEqual([
          asked[index],
          200,
          expect.stringMatching(/late|slow\.txt/),
        ]);
    });

    test('a store that never answers keeps a request open for GW_STREAM_IDLE_TIMEOUT_SECONDS', async () => {
      store.delayMs = 120_000;
      const started = performance.now();
      const answer = await stack.as(team, 'admin')(file);
      const took = (performance.now() - started) / 1_000;
      expect(answer.status).toBe(504);
      expect(await answer.json()).toMatchObject({ reason: 'upstream_timeout' });
      expect(took).toBeGreaterThan(STREAM_IDLE_S - 1);
      expect(took).toBeLessThan(STREAM_IDLE_S * 3);
      expect(await stack.auditOf(answer)).toMatchObject({ status_code: 504, reason: 'upstream_timeout' });
    });
  });
});
