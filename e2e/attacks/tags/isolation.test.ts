import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proxied } from '../../harness/mlflow-api.ts';
import { isBefore, versionsOr } from '../../harness/mlflow-version.ts';
import { RestCaller } from '../../harness/rest-caller.ts';
import { type Stack, startStack, unique } from '../../harness/stack.ts';
import { readsSpellings } from '../path-spellings.ts';

/**
 * The strategy `tags` on real MLflow servers without workspaces, oldest to newest: cases that the conformance suite, which is
 * generated from the catalog, does not cover.
 */

const PLATFORM_ADMIN = 'platform-owner';

// Gunicorn, no logged models, prompts with any source; the first on uvicorn; the newest.
describe.each(versionsOr(['2.22.5', '3.5.1', '3.18.0']))('MLflow %s without workspaces', (version) => {
  let stack: Stack;
  let a: RestCaller;
  let b: RestCaller;
  let direct: RestCaller;

  beforeAll(async () => {
    stack = await startStack({
      auth: 'oidc',
      workspaces: false,
      // Versions before 3.5 run on gunicorn.
      mlflow: { version, listen: { port: 0 } },
      env: {
        GW_RBAC_PLATFORM_ADMIN_ALIASES: PLATFORM_ADMIN,
        GW_TENANT_ARTIFACT_ROOT: 'mlflow-artifacts:/tenants/{tenant}',
      },
    });
    a = new RestCaller(stack.as('team-a', 'admin'));
    b = new RestCaller(stack.as('team-b', 'admin'));
    direct = new RestCaller(stack.direct());
  });
  afterAll(() => stack?.stop());

  test('the gateway chooses the strategy `tags` by itself', async () => {
    const made = await a.experiment();
    const { text } = await direct.get(`/api/2.0/mlflow/experiments/get?experiment_id=${made}`);
    expect(text).toMatch(/"key":\s*"tenant",\s*"value":\s*"team-a"/);
  });

  test('reads names with "%", path spellings and sources as MLflow does, inside the tenant', () =>
    readsSpellings({ a, b, stored: !isBefore(version, '3.17') }));

  test('a shared experiment: each tenant sees, searches, reads and deletes its own runs', async () => {
    const [mine, theirs] = [await a.run('0'), await b.run('0')];
    for (const [caller, own, other] of [
      [a, mine, theirs],
      [b, theirs, mine],
    ] as const) {
      const found = await caller.runsIn(['0']);
      expect(found).toContain(own.id);
      expect(found).not.toContain(other.id);
      expect((await caller.get(`/api/2.0/mlflow/runs/get?run_id=${own.id}`)).status).toBe(200);
      expect((await caller.get(`/api/2.0/mlflow/runs/get?run_id=${other.id}`)).status).toBe(404);
      expect((await caller.get(`/api/2.0/mlflow/artifacts/list?run_id=${other.id}`)).status).toBe(404);
      expect((await caller.post('/api/2.0/mlflow/runs/delete', { run_id: other.id })).status).toBe(404);
    }
    // No tenant may change the experiment itself or list its directory.
    for (const [path, body] of [
      ['update', { experiment_id: '0', new_name: 'mine' }],
      ['delete', { experiment_id: '0' }],
      ['set-experiment-tag', { experiment_id: '0', key: 'x', value: 'y' }],
    ] as const) {
      const refused = await a.post(`/api/2.0/mlflow/experiments/${path}`, body);
      expect([refused.status, refused.body.reason]).toEqual([403, 'platform_admin_only']);
    }
    expect((await a.get('/api/2.0/mlflow-artifacts/artifacts?path=0')).status).toBe(404);
    expect((await direct.get(`/api/2.0/mlflow/runs/get?run_id=${mine.id}`)).text).toContain('"active"');
    expect((await direct.get(`/api/2.0/mlflow/runs/get?run_id=${theirs.id}`)).text).toContain('"active"');
  });

  test('a platform-admin may change a shared experiment', async () => {
    const token = await stack.idp.token({ sub: 'root', tenant_id: 'team-a', roles: [PLATFORM_ADMIN] });
    const body = { experiment_id: '0', key: 'note', value: unique('by-platform') };
    const answer = await stack.anonymous('/api/2.0/mlflow/experiments/set-experiment-tag', {
      json: body,
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    // That role may see the owner of a resource.
    const own = `/api/2.0/mlflow/experiments/get?experiment_id=${await a.experiment()}`;
    const headers = { authorization: `Bearer ${token}` };
    expect(await (await stack.anonymous(own, { headers })).text()).toMatch(/"tenant"/);
    expect((await a.get(own)).text).not.toMatch(/"tenant"/);
  });

  test('files: the owner reads them by every path, another tenant by none', async () => {
    const experiment = await a.experiment();
    const { id, uri } = await a.run(experiment);
    const secret = `secret ${randomUUID()}`;
    expect((await a.put(proxied(uri, 'f.txt'), secret)).status).toBe(200);
    const ways = [
      proxied(uri, 'f.txt'),
      `/get-artifact?run_id=${id}&path=f.txt`,
      `/api/2.0/mlflow/artifacts/list?run_id=${id}`,
      `/api/2.0/mlflow-artifacts/artifacts?path=${experiment}/${id}/artifacts`,
      `/api/2.0/mlflow-artifacts/artifacts?path=${experiment}`,
    ];
    for (const way of ways) {
      expect((await a.get(way)).status, way).toBe(200);
      const refused = await b.get(way);
      expect([refused.status, refused.body.reason], way).toEqual([404, 'resource_not_found']);
    }
    expect((await b.put(proxied(uri, 'f.txt'), 'changed')).status).toBe(404);
    expect((await b.put(proxied(uri, 'g.txt'), 'new')).status).toBe(404);
    expect((await b.delete(proxied(uri, 'f.txt'))).status).toBe(404);
    // An own run in the path does not permit another tenant's location.
    const own = await b.run(await b.experiment());
    for (const path of [`${experiment}/${own.id}/artifacts/f.txt`, `${experiment}/${id}/../${own.id}/f.txt`])
      expect((await b.get(`/api/2.0/mlflow-artifacts/artifacts/${path}`)).status).toBeGreaterThanOrEqual(400);
    expect((await direct.get(proxied(uri, 'f.txt'))).text).toBe(secret);
    expect((await direct.get(proxied(uri, 'g.txt'))).status).toBeGreaterThanOrEqual(400);
  });

  test('a model version has sources of its own tenant only', async () => {
    const { uri, id } = await a.run(await a.experiment());
    await a.put(proxied(uri, 'model/secret.txt'), 'secret');
    const theirs = await a.model();
    const made = await a.post('/api/2.0/mlflow/model-versions/create', {
      name: theirs,
      source: `${uri}/model`,
      run_id: id,
    });
    expect(made.status, made.text).toBe(200);
    const name = await b.model();
    const own = await b.run(await b.experiment());
    for (const body of [
      { name, source: `${uri}/model` },
      { name, source: `${uri}/model`, run_id: id },
      { name, source: `${uri}/model`, run_id: own.id },
      { name, source: `runs:/${id}/model` },
      { name, source: `models:/${theirs}/1` },
      { name: theirs, source: `${own.uri}/model`, run_id: own.id },
      { name, source: `${own.uri}/../../../${uri.slice('mlflow-artifacts:/'.length)}/model`, run_id: own.id },
      { name, source: 'mlartifacts' },
      { name, source: './mlartifacts' },
      { name, source: 's3://bucket/x' },
      { name, source: 'file:///etc' },
      // In versions before 3.10 a prompt could have any source.
      { name, source: 'mlartifacts', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] },
    ]) {
      const refused = await b.post('/api/2.0/mlflow/model-versions/create', body);
      expect([400, 403, 404], `${JSON.stringify(body)}: ${refused.text}`).toContain(refused.status);
      expect(refused.body.reason, JSON.stringify(body)).toBeDefined();
    }
    expect(
      (await b.get(`/model-versions/get-artifact?name=${theirs}&version=1&path=secret.txt`)).status,
    ).toBe(404);
    expect((await a.get(`/model-versions/get-artifact?name=${theirs}&version=1&path=secret.txt`)).text).toBe(
      'secret',
    );
  });

  test('a tenant chooses an experiment’s artifact location below its own root only', async () => {
    const create = (caller: RestCaller, artifact_location: string) =>
      caller.post('/api/2.0/mlflow/experiments/create', { name: unique('placed'), artifact_location });
    for (const place of [
      'mlflow-artifacts:/tenants/team-b/x',
      'mlflow-artifacts:/0',
      'file:///tmp',
      'mlartifacts',
    ])
      expect((await create(a, place)).body.reason, place).toBe('storage_uri_refused');
    const { body } = await create(a, 'mlflow-artifacts:/tenants/team-a/x');
    const { uri } = await a.run(String(body.experiment_id));
    expect(uri).toContain('tenants/team-a/x/');
    expect((await a.put(proxied(uri, 'f.txt'), 'placed')).status).toBe(200);
    expect((await a.get(proxied(uri, 'f.txt'))).text).toBe('placed');
    expect((await b.get(proxied(uri, 'f.txt'))).status).toBe(404);
  });

  test('accepts the tenant’s own tag, refuses another’s, and shows it only when a filter names it', async () => {
    const experiment = await a.experiment();
    const { id } = await a.run(experiment);
    const model = await a.model();
    const own = { key: 'tenant', value: 'team-a' };
    const version = { name: model, source: `runs:/${id}/m`, run_id: id };
    expect((await a.post('/api/2.0/mlflow/model-versions/create', version)).status).toBe(200);
    const copies: [string, Record<string, unknown>][] = [
      ['runs/set-tag', { run_id: id }],
      ['experiments/set-experiment-tag', { experiment_id: experiment }],
      ['registered-models/set-tag', { name: model }],
      ['model-versions/set-tag', { name: model, version: '1' }],
    ];
    const batch = (tag: object) => ({ run_id: id, tags: [{ key: 'a', value: '1' }, tag] });
    const other = { ...own, value: 'team-b' };
    for (const [path, body] of copies) {
      const written = await a.post(`/api/2.0/mlflow/${path}`, { ...body, ...own });
      expect([path, written.status, written.text.trim()]).toEqual([path, 200, '{}']);
      for (const tag of [other, { ...own, key: 'Tenant' }, { ...own, value: 'team-a ' }]) {
        const refused = await a.post(`/api/2.0/mlflow/${path}`, { ...body, ...tag });
        expect([path, tag, refused.body.reason]).toEqual([path, tag, 'tenant_tag']);
      }
      // The same value on another tenant's resource.
      expect((await b.post(`/api/2.0/mlflow/${path}`, { ...body, ...other })).status).toBe(404);
    }
    expect((await a.post('/api/2.0/mlflow/runs/log-batch', batch(own))).status).toBe(200);
    for (const tag of [other, { key: 'tenant' }])
      expect((await a.post('/api/2.0/mlflow/runs/log-batch', batch(tag))).body.reason).toBe('tenant_tag');
    const shared = { experiment_id: '0', ...own };
    const settings = await a.post('/api/2.0/mlflow/experiments/set-experiment-tag', shared);
    expect(settings.body.reason).toBe('tenant_tag');
    const removed = await a.post('/api/2.0/mlflow/runs/delete-tag', { run_id: id, key: 'tenant' });
    expect(removed.body.reason).toBe('tenant_tag');

    const shown = /"tenant"/;
    const found = (filter: string) =>
      a.post('/api/2.0/mlflow/runs/search', { experiment_ids: [experiment], filter });
    for (const answer of [
      await a.get(`/api/2.0/mlflow/runs/get?run_id=${id}`),
      await a.get(`/api/2.0/mlflow/experiments/get?experiment_id=${experiment}`),
      await a.get(`/api/2.0/mlflow/registered-models/get?name=${model}`),
      await a.get('/api/2.0/mlflow/model-versions/search?max_results=100'),
      await a.get('/api/2.0/mlflow/experiments/search?max_results=1000'),
      await found(''),
      await found("params.tenant = 'x'"),
    ]) {
      expect(answer.status, answer.text).toBe(200);
      expect(answer.text).not.toMatch(shown);
    }
    expect((await found("tags.a = '1'")).text).toContain(id);
    const asked = (await found("tags.tenant = 'team-a'")).text;
    expect(asked).toContain(id);
    expect(asked).toMatch(shown);
    // It is still there.
    const { text } = await direct.get(`/api/2.0/mlflow/runs/get?run_id=${id}`);
    expect(text).toMatch(/"key":\s*"tenant",\s*"value":\s*"team-a"/);
  });

  test('existing resources are unowned until their experiment is tagged, then the owner’s', async () => {
    const experiment = await direct.experiment();
    const { id } = await direct.run(experiment);
    for (const caller of [a, b])
      expect((await caller.get(`/api/2.0/mlflow/runs/get?run_id=${id}`)).status).toBe(404);
    const tag = { experiment_id: experiment, key: 'tenant', value: 'team-a' };
    expect((await direct.post('/api/2.0/mlflow/experiments/set-experiment-tag', tag)).status).toBe(200);
    expect((await a.get(`/api/2.0/mlflow/runs/get?run_id=${id}`)).status).toBe(200);
    expect((await b.get(`/api/2.0/mlflow/runs/get?run_id=${id}`)).status).toBe(404);
    // Searches find resources that have the tag themselves.
    expect(await a.runsIn([experiment])).toEqual([]);
    await direct.post('/api/2.0/mlflow/runs/set-tag', { run_id: id, key: 'tenant', value: 'team-a' });
    expect(await a.runsIn([experiment])).toEqual([id]);
  });

  // With a clause appended as text, each of these filters returned another tenant's rows.
  test.each([
    '.foo IS NULL',
    '. IS NULL',
    '::/IS NULL',
    "tags.tenant != 'q' :: -- ",
    ".foo IS NULL AND tags.tenant != 'q' :: -- ",
    "tags.tenant != 'q\\' AND tags.x ILIKE ':: --'",
    "tags.tenant = 'team-b'",
    "tags.tenant != 'team-a'",
  ])('filter %s finds nothing of another tenant’s', async (filter) => {
    const experiment = await b.experiment();
    const { id } = await b.run(experiment);
    const shared = await b.run('0');
    expect(await b.runsIn([experiment])).toEqual([id]);
    for (const experiment_ids of [[experiment], ['0'], [experiment, '0']]) {
      const { status, text } = await a.post('/api/2.0/mlflow/runs/search', { experiment_ids, filter });
      expect([200, 400]).toContain(status);
      expect(text).not.toContain(id);
      expect(text).not.toContain(shared.id);
    }
    const { text } = await a.post('/api/2.0/mlflow/experiments/search', { max_results: 1000, filter });
    expect(text).not.toMatch(new RegExp(`"experiment_id":\\s*"${experiment}"`));
  });

  test('page tokens lead to own resources only', async () => {
    const [mine, theirs] = [await a.experiment(), await b.experiment()];
    for (let i = 0; i < 3; i++) await b.run(theirs);
    for (let i = 0; i < 3; i++) await a.run(mine);
    const page = { max_results: 1 };
    const first = await b.post('/api/2.0/mlflow/runs/search', { ...page, experiment_ids: [theirs] });
    const page_token = first.body.next_page_token as string;
    expect(page_token).toBeTruthy();
    const mixed = await a.post('/api/2.0/mlflow/runs/search', {
      ...page,
      experiment_ids: [mine, theirs],
      page_token,
    });
    const found = mixed.body.runs as { info: { experiment_id: string } }[];
    expect(found.map(({ info }) => info.experiment_id)).toEqual([mine]);
    expect(mixed.text).not.toContain('team-b');
  });
});
