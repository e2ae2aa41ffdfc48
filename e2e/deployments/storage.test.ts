/**
 * MLflow as a company runs it: several workers, PostgreSQL, and S3 behind `--serve-artifacts`. MLflow's own Python client as two
 * tenants under both strategies, and what is dangerous about S3: URLs that open something for whoever has them.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fetch } from '../../dev/http.ts';
import { DEFAULT_MLFLOW_VERSION } from '../../dev/mlflow-env.ts';
import { runClient } from '../clients/python.ts';
import type { ClientReport, DayIds } from '../clients/report.ts';
import { type Stack, startStack, unique } from '../harness/stack.ts';
import { EXTRAS } from './support/environment.ts';
import { type ObjectStore, startObjectStore } from './support/object-store.ts';
import { type Postgres, startPostgres } from './support/postgres.ts';

const SCRIPTS = join(import.meta.dirname, 'clients');
const API = '/api/2.0/mlflow';
const PROXY = '/api/2.0/mlflow-artifacts';
const BUCKET = 'artifacts';
const OTHER_BUCKET = 'elsewhere';

let postgres: Postgres;
let store: ObjectStore;
beforeAll(async () => {
  [postgres, store] = await Promise.all([startPostgres(), startObjectStore(BUCKET, OTHER_BUCKET)]);
});
afterAll(async () => {
  await Promise.all([postgres?.stop(), store?.stop()]);
});

interface StorageReport extends ClientReport {
  readonly ids: {
    readonly experiment_id: string;
    readonly run_id: string;
    readonly artifact_uri: string;
  };
}

/** A signed URL of the store, which needs no token. */
interface Signed {
  readonly url?: string;
  readonly presigned_url?: string;
}

describe.each(['workspaces', 'tags'] as const)('PostgreSQL and S3, %s', (strategy) => {
  // A tenant whose name differs only in letter case is another one, for every collation of the database.
  const name = unique('st');
  const [owner, other] = strategy === 'tags' ? [`T${name}`, `t${name}`] : [name, `${name}-b`];
  let stack: Stack;
  let day: ClientReport & { readonly ids: DayIds };
  let own: StorageReport;
  /** As each of them, with a run of their own. */
  let a: Fetch;
  let b: Fetch;
  let mine: StorageReport['ids'];
  let theirs: StorageReport['ids'];

  beforeAll(async () => {
    stack = await startStack({
      auth: 'oidc',
      workspaces: strategy === 'workspaces',
      tenants: [owner, other],
      mlflow: {
        extras: EXTRAS,
        workers: 2,
        backendStore: await postgres.database(strategy),
        artifactsDestination: `s3://${BUCKET}/${strategy}`,
        env: store.env,
      },
      env: {
        // MLflow signs the parts of an upload for an hour.
        GW_PRESIGNED_MAX_SECONDS: '3600',
        ...(strategy === 'tags' ? { GW_TENANT_ARTIFACT_ROOT: `s3://${BUCKET}/tenants/{tenant}` } : {}),
      },
    });
    a = stack.as(owner);
    b = stack.as(other);
  });
  afterAll(() => stack?.stop());

  const json = async (answer: Response): Promise<unknown> => {
    const body = (await answer.json()) as unknown;
    expect(answer.status, JSON.stringify(body)).toBe(200);
    return body;
  };
  /** A run of a caller, in an experiment with an optional artifact location. */
  async function makeRun(as: Fetch, artifact_location?: string): Promise<StorageReport['ids']> {
    const made = await as(`${API}/experiments/create`, { json: { name: unique('x'), artifact_location } });
    const { experiment_id } = (await json(made)) as { experiment_id: string };
    const created = await as(`${API}/runs/create`, { json: { experiment_id } });
    const { run } = (await json(created)) as { run: { info: { run_id: string; artifact_uri: string } } };
    return { experiment_id, run_id: run.info.run_id, artifact_uri: run.info.artifact_uri };
  }
  /** The path of the artifact proxy. */
  const pathOf = (ids: StorageReport['ids']): string => ids.artifact_uri.replace(/^mlflow-artifacts:\/*/, '');
  /** With workspaces MLflow finds no such location in this one; otherwise the gateway refuses. Nothing is signed. */
  const refused = async (answer: Response, what: string, byGateway = strategy === 'tags'): Promise<void> => {
    const text = await answer.clone().text();
    expect([400, 403, 404], `${what}: ${answer.status} ${text}`).toContain(answer.status);
    expect(text).not.toMatch(/X-Amz-|upload_id/);
    if (byGateway) expect((await stack.auditOf(answer)).decision, what).toBe('deny');
  };

  test('a day of work succeeds and stays hidden from another tenant', async () => {
    const env = await stack.clientEnv(owner, 'admin');
    const version = DEFAULT_MLFLOW_VERSION;
    const how = { env, dir: stack.dir, version, scripts: SCRIPTS };
    day = await runClient('ordinary_day.py', [unique('day')], how);
    expect(day.failures).toEqual({});
    expect(day.calls).toBeGreaterThan(200);
    const file = join(stack.dir, 'day.json');
    writeFileSync(file, JSON.stringify(day));
    const report = await runClient<ClientReport & { leaks: string[]; attempts: number }>(
      'other_tenant.py',
      [file],
      { env: await stack.clientEnv(other, 'admin'), dir: stack.dir, version },
    );
    expect(report.leaks).toEqual([]);
    expect(report.failures).toEqual({});
    expect(report.attempts).toBeGreaterThanOrEqual(50);
  });

  test('uploads 100 MB through the gateway, and 100 MB in parts straight to S3', async () => {
    const how = {
      env: await stack.clientEnv(owner),
      dir: stack.dir,
      version: DEFAULT_MLFLOW_VERSION,
      scripts: SCRIPTS,
    };
    // Not earlier: the other tenant of the day must find nothing.
    theirs = await makeRun(b);
    const before = store.requests().length;
    own = await runClient('storage_day.py', [unique('storage')], how);
    mine = own.ids;
    expect(own.failures).toEqual({});
    expect(Object.keys(own.results)).toEqual(['streamed', 'multipart', 'listed', 'case', 'models']);
    const parts = store
      .requests()
      .slice(before)
      .filter((line) => /^PUT .*[?&]partNumber=\d+.* 200$/.test(line));
    // Some of MLflow's own, for what was streamed.
    expect(parts.filter((line) => line.includes('/parts.bin?'))).toHaveLength(20);
    for (const line of parts) expect(line).toContain(`/${BUCKET}/${strategy}/${pathOf(mine)}/`);
  });

  /** Starts an upload in parts; returns its id and where its first part goes. */
  async function begin(
    as: Fetch,
    ids: StorageReport['ids'],
    path = '/home/me/file.bin',
  ): Promise<[string, URL]> {
    const answer = await as(`${PROXY}/mpu/create/${pathOf(ids)}`, { json: { path, num_parts: 1 } });
    const body = (await json(answer)) as { upload_id: string; credentials: Signed[] };
    return [body.upload_id, new URL(body.credentials[0]!.url!)];
  }

  test('signs uploads of parts and downloads for own files only', async () => {
    const [id, part] = await begin(a, mine);
    expect(part.pathname).toBe(`/${BUCKET}/${strategy}/${pathOf(mine)}/file.bin`);
    const put = await store.fetch(`${part.pathname}${part.search}`, { method: 'PUT', body: 'hello' });
    const etag = put.headers.get('etag')!;
    const done = { path: '/home/me/file.bin', upload_id: id, parts: [{ part_number: 1, etag, url: '' }] };
    await json(await a(`${PROXY}/mpu/complete/${pathOf(mine)}`, { json: done }));
    const signed = (await json(await a(`${PROXY}/presigned/${pathOf(mine)}/file.bin`))) as Signed;
    const url = new URL(signed.url!);
    expect(await (await store.fetch(`${url.pathname}${url.search}`)).text()).toBe('hello');
    expect(Number(url.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(300);
    const reader = stack.as(owner, 'viewer');
    expect((await reader(`${PROXY}/presigned/${pathOf(mine)}/file.bin`)).status).toBe(200);
    for (const what of ['create', 'complete', 'abort'])
      await refused(
        await reader(`${PROXY}/mpu/${what}/${pathOf(mine)}`, { json: done }),
        `a viewer's ${what}`,
      );
  });

  test('signs, completes and aborts nothing at another tenant’s path, in any spelling', async () => {
    const [id] = await begin(a, mine);
    const before = store.requests().length;
    const place = pathOf(mine);
    const shorter = place.split('/').slice(0, -2).join('/');
    const up = '../'.repeat(pathOf(theirs).split('/').length);
    const places = [
      place,
      `${place}/`,
      shorter,
      `${pathOf(theirs)}/${up}${place}`,
      `${pathOf(theirs)}/${up.replaceAll('..', '%2e%2e')}${place}`,
      `${pathOf(theirs)}/${up.replaceAll('../', '..%2f')}${place}`,
      `${pathOf(theirs)}/${up.replaceAll('../', '%252e%252e%252f')}${place}`,
      `${pathOf(theirs)}//${place}`,
      `/${place}`,
      place.replace(/^./, (first) => `%${first.charCodeAt(0).toString(16)}`),
      place.replace(/^./, (first) => `%25${first.charCodeAt(0).toString(16)}`),
      `s3:%2F%2F${BUCKET}%2F${strategy}%2F${place}`,
      `s3://${OTHER_BUCKET}/x`,
      '..',
      '%2e%2e',
    ];
    const file = { path: '/home/me/file.bin', upload_id: id };
    const parts = [{ part_number: 1, etag: '"x"', url: '' }];
    for (const at of places) {
      await refused(await b(`${PROXY}/mpu/create/${at}`, { json: { path: file.path, num_parts: 1 } }), at);
      await refused(await b(`${PROXY}/mpu/complete/${at}`, { json: { ...file, parts } }), at);
      await refused(await b(`${PROXY}/mpu/abort/${at}`, { json: file }), at);
      await refused(await b(`${PROXY}/presigned/${at}/file.bin`), at);
    }
    // None of these requests reached the storage.
    expect(store.requests().slice(before)).toEqual([]);
  });

  test('an upload id gives no access to another key', async () => {
    const [id] = await begin(a, mine);
    const before = store.requests().length;
    const file = { path: '/home/me/file.bin', upload_id: id };
    const parts = [{ part_number: 1, etag: '"x"', url: '' }];
    await b(`${PROXY}/mpu/complete/${pathOf(theirs)}`, { json: { ...file, parts } });
    await b(`${PROXY}/mpu/abort/${pathOf(theirs)}`, { json: file });
    const asked = store.requests().slice(before);
    expect(asked.length).toBeGreaterThan(0);
    // S3 stores uploads by key and id, and has none for this key (NoSuchUpload); moto ignores the key.
    for (const line of asked)
      expect(line.split(' ')[1]).toContain(`/${BUCKET}/${strategy}/${pathOf(theirs)}/file.bin?`);
  });

  test('the name of an uploaded file cannot contain a path', async () => {
    const before = store.requests().length;
    for (const path of ['', '.', '..', 'a/', 'a/.', '/home/me/..', '../..']) {
      const answer = await a(`${PROXY}/mpu/create/${pathOf(mine)}`, { json: { path, num_parts: 1 } });
      await refused(answer, JSON.stringify(path), true);
    }
    expect(store.requests().slice(before)).toEqual([]);
    const [, part] = await begin(a, mine, '../../../etc/file.bin');
    expect(part.pathname).toBe(`/${BUCKET}/${strategy}/${pathOf(mine)}/file.bin`);
  });

  test('a model version has a source of its own tenant', async () => {
    const model = unique('model');
    await json(await b(`${API}/registered-models/create`, { json: { name: model } }));
    const uris = [
      mine.artifact_uri,
      `${mine.artifact_uri}/large`,
      `s3://${BUCKET}/${strategy}/${pathOf(mine)}/large`,
      `s3://${BUCKET}/${strategy}`,
      `s3://${OTHER_BUCKET}/x`,
      `runs:/${mine.run_id}/large`,
      `models:/${day.ids.model_name}/${day.ids.model_version}`,
      `models:/${day.ids.logged_model_ids[0]}`,
      `${theirs.artifact_uri}/../../../${pathOf(mine)}`,
    ];
    for (const source of uris)
      await refused(await b(`${API}/model-versions/create`, { json: { name: model, source } }), source);
    const named = { name: model, source: theirs.artifact_uri, run_id: mine.run_id };
    await refused(await b(`${API}/model-versions/create`, { json: named }), 'another tenant’s run');
    await json(
      await b(`${API}/model-versions/create`, {
        json: { name: model, source: theirs.artifact_uri, run_id: theirs.run_id },
      }),
    );
  });

  describe('URLs for runs that keep their artifacts in S3 themselves', () => {
    const sign = (as: Fetch, way: 'upload' | 'download', body: object): Promise<Response> =>
      as(`${API}/artifacts/presigned-${way}-url`, { json: body });
    let direct: StorageReport['ids'];
    beforeAll(async () => {
      if (strategy === 'tags') direct = await makeRun(a, `s3://${BUCKET}/tenants/${owner}/direct`);
    });

    test('are issued for own runs, and for uploads only to roles that write', async () => {
      if (strategy === 'workspaces') {
        // Their experiments are at MLflow's default location; MLflow signs no URLs of artifacts that it serves itself.
        const answer = await sign(a, 'download', { run_id: mine.run_id, path: 'large/parts.bin' });
        expect([answer.status, (await stack.auditOf(answer)).reason]).toEqual([400, 'forwarded']);
        return;
      }
      const upload = (await json(
        await sign(a, 'upload', { run_id: direct.run_id, path: 'd/f.txt' }),
      )) as Signed;
      const to = new URL(upload.presigned_url!);
      const key = new URL(direct.artifact_uri).pathname;
      expect(to.pathname).toBe(`/${BUCKET}${key}/d/f.txt`);
      await store.fetch(`${to.pathname}${to.search}`, { method: 'PUT', body: 'direct' });
      const reader = stack.as(owner, 'viewer');
      const body = { run_id: direct.run_id, path: 'd/f.txt' };
      const { presigned_url } = (await json(await sign(reader, 'download', body))) as Signed;
      const from = new URL(presigned_url!);
      expect(await (await store.fetch(`${from.pathname}${from.search}`)).text()).toBe('direct');
      await refused(await sign(reader, 'upload', body), 'a viewer');
    });

    test('are not issued for another tenant’s run or model, nor for paths outside', async () => {
      const before = store.requests().length;
      const run_id = direct?.run_id ?? mine.run_id;
      for (const way of ['upload', 'download'] as const) {
        await refused(await sign(b, way, { run_id, path: 'd/f.txt' }), way);
        for (const path of [
          '../x',
          'd/../../x',
          '%2e%2e/x',
          '%252e%252e/x',
          '/x',
          's3://x/y',
          'd\\..\\x',
          '',
        ])
          await refused(await sign(a, way, { run_id, path }), `${way} ${path}`, false);
      }
      if (strategy === 'tags') {
        const { presigned_url } = (await json(await sign(a, 'upload', { run_id, path: 'd//x' }))) as {
          presigned_url: string;
        };
        expect(new URL(presigned_url).pathname).toMatch(/\/artifacts\/d\/x$/);
      }
      const model_id = day.ids.logged_model_ids[0]!;
      await refused(await sign(b, 'upload', { model_id, path: 'x' }), 'a model');
      await refused(await sign(b, 'upload', { model_id, run_id: theirs.run_id, path: 'x' }), 'both');
      expect(store.requests().slice(before)).toEqual([]);
    });
  });
});
