/**
 * URLs that MLflow signs for a real S3 interface, of the oldest and the newest MLflow that signs: for the tenant's own files only, for
 * writing only for roles that write, and never for longer than `GW_PRESIGNED_MAX_SECONDS`.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayProcess, startGateway } from '../../dev/gateway-process.ts';
import type { Fetch } from '../../dev/http.ts';
import { runClient } from '../clients/python.ts';
import type { ClientReport } from '../clients/report.ts';
import { isBefore } from '../harness/mlflow-version.ts';
import { type Role, type Stack, startStack, unique } from '../harness/stack.ts';
import { EXTRAS } from './support/environment.ts';
import { type ObjectStore, startObjectStore } from './support/object-store.ts';

const API = '/api/2.0/mlflow';
const PROXY = '/api/2.0/mlflow-artifacts';
const BUCKET = 'artifacts';
/** MLflow's own lifetime of downloads, in seconds. Below the default of `GW_PRESIGNED_MAX_SECONDS`. */
const TTL = 600;
const MAX = 900;
const MINE = unique('signed');
const THEIRS = `${MINE}-b`;
const CONTENT = 'of this tenant alone';

let store: ObjectStore;
beforeAll(async () => {
  store = await startObjectStore(BUCKET);
});
afterAll(() => store?.stop());

/** A run and a model that a tenant keeps somewhere, with the same file in each, and two versions of a model with the run’s files. */
interface Kept {
  readonly run_id: string;
  readonly runPath: string;
  readonly model_id: string;
  readonly model: string;
  readonly name: string;
}

describe.each(['3.17.2', '3.18.0'])('MLflow %s', (version) => {
  describe.each(['workspaces', 'tags'] as const)('with the strategy %s', (strategy) => {
    const place = `${strategy}-${version}`;
    const root = (tenant: string): string => `s3://${BUCKET}/${place}/direct/${tenant}`;
    let stack: Stack;
    let lax: GatewayProcess;
    let strict: GatewayProcess;
    let off: GatewayProcess;
    let a: Fetch;
    let reader: Fetch;
    let b: Fetch;
    /** At MLflow's own location, which it serves. */
    let served: Kept;
    /** In S3 itself, as run and model say. */
    let direct: Kept;

    beforeAll(async () => {
      stack = await startStack({
        auth: 'oidc',
        workspaces: strategy === 'workspaces',
        tenants: [MINE, THEIRS],
        mlflow: {
          version,
          extras: EXTRAS,
          artifactsDestination: `s3://${BUCKET}/${place}`,
          env: { ...store.env, MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS: String(TTL) },
        },
        env: strategy === 'tags' ? { GW_TENANT_ARTIFACT_ROOT: root('{tenant}') } : {},
      });
      [lax, strict, off] = await Promise.all([gatewayWith(3600), gatewayWith(TTL - 1), gatewayWith(0)]);
      a = stack.as(MINE);
      b = stack.as(THEIRS);
      reader = stack.as(MINE, 'viewer');
      served = await keep();
      if (strategy === 'workspaces') {
        const named = { json: { default_artifact_root: root(MINE) }, method: 'PATCH' };
        const changed = await stack.direct()(`/api/3.0/mlflow/workspaces/${MINE}`, named);
        expect(changed.status, await changed.text()).toBe(200);
      }
      direct = await keep(root(MINE));
    });
    afterAll(async () => {
      await Promise.all([lax?.stop(), strict?.stop(), off?.stop()]);
      await stack?.stop();
    });

    /** Another gateway in front of the same MLflow. */
    function gatewayWith(seconds: number): Promise<GatewayProcess> {
      return startGateway({
        dir: mkdtempSync(join(stack.dir, 'gateway-')),
        env: {
          GW_TARGET_BASE_URL: stack.mlflow.address,
          GW_AUTH_MODE: 'oidc',
          GW_OIDC_ISSUER: stack.idp.issuer,
          GW_OIDC_AUDIENCE: stack.idp.audience,
          GW_PRESIGNED_MAX_SECONDS: String(seconds),
        },
      });
    }
    const through =
      (gateway: GatewayProcess, role: Role = 'contributor'): Fetch =>
      async (path, init = {}) =>
        gateway.fetch(path, {
          ...init,
          headers: { ...(await stack.headersFor(MINE, role)), ...init.headers },
        });

    async function post<T>(path: string, json: object): Promise<T> {
      const answer = await a(`${API}${path}`, { json });
      const body = (await answer.json()) as T;
      expect(answer.status, JSON.stringify(body)).toBe(200);
      return body;
    }

    /** @param location of the experiment, where MLflow lets a caller choose it */
    async function keep(location?: string): Promise<Kept> {
      const artifact_location = strategy === 'tags' && location ? { artifact_location: `${location}/x` } : {};
      const { experiment_id } = await post<{ experiment_id: string }>('/experiments/create', {
        name: unique('x'),
        ...artifact_location,
      });
      const { run } = await post<{ run: { info: { run_id: string; artifact_uri: string } } }>(
        '/runs/create',
        {
          experiment_id,
        },
      );
      const { run_id, artifact_uri } = run.info;
      const { model } = await post<{ model: { info: { model_id: string; artifact_uri: string } } }>(
        '/logged-models',
        { experiment_id, name: 'm' },
      );
      for (const uri of [artifact_uri, model.info.artifact_uri]) await put(`${uri}/d/f.txt`);
      const name = unique('registered');
      await post('/registered-models/create', { name });
      for (const source of [`${artifact_uri}/d`, `runs:/${run_id}/d`])
        await post('/model-versions/create', { name, source, run_id });
      return {
        run_id,
        runPath: artifact_uri.replace(/^mlflow-artifacts:\/*|^s3:\/\/[^/]+\//, ''),
        model_id: model.info.model_id,
        model: model.info.artifact_uri.replace(/^mlflow-artifacts:\/*|^s3:\/\/[^/]+\//, ''),
        name,
      };
    }

    /** Stores the file: through MLflow, or in S3. */
    async function put(uri: string): Promise<void> {
      const way = uri.startsWith('s3://')
        ? store.fetch(uri.slice('s3:/'.length), { method: 'PUT', body: CONTENT })
        : a(`${PROXY}/artifacts/${uri.replace(/^mlflow-artifacts:\/*/, '')}`, {
            method: 'PUT',
            body: CONTENT,
          });
      const { status } = await way;
      expect(status, uri).toBe(200);
    }

    /** The URL of a response, with its lifetime; reads the file with it if `reads`. */
    async function signed(answer: Response, reads: boolean): Promise<URL> {
      const body = (await answer.json()) as { url?: string; presigned_url?: string };
      expect(answer.status, JSON.stringify(body)).toBe(200);
      expect(answer.headers.get('location')).toBeNull();
      const url = new URL(body.url ?? body.presigned_url!);
      if (reads) expect(await (await store.fetch(`${url.pathname}${url.search}`)).text()).toBe(CONTENT);
      return url;
    }
    const lifetime = (url: URL): number => Number(url.searchParams.get('X-Amz-Expires'));

    /** Refuses without a URL and without a request to the storage. */
    async function refused(ask: () => Promise<Response>, status: number, reason: string): Promise<void> {
      const before = store.requests().length;
      const answer = await ask();
      const text = await answer.text();
      expect([answer.status, JSON.parse(text).reason], text).toEqual([status, reason]);
      expect(text).not.toContain('X-Amz-');
      expect(text).not.toContain(CONTENT);
      expect(store.requests().slice(before)).toEqual([]);
    }
    /** Of another tenant: the gateway refuses, or MLflow finds nothing in the workspace. */
    async function foreign(answer: Response): Promise<void> {
      const text = await answer.text();
      expect([400, 403, 404], text).toContain(answer.status);
      expect(text).not.toContain('X-Amz-');
      expect(text).not.toContain(CONTENT);
    }

    const sign = (as: Fetch, way: 'upload' | 'download', body: object): Promise<Response> =>
      as(`${API}/artifacts/presigned-${way}-url`, { json: body });
    const proxied = (as: Fetch, path: string): Promise<Response> => as(`${PROXY}/presigned/${path}/d/f.txt`);
    const ofModel = (as: Fetch, { model_id }: Kept, presigned = 'true'): Promise<Response> =>
      as(
        `/ajax-api/2.0/mlflow/logged-models/${model_id}/artifacts/files?artifact_file_path=d/f.txt&presigned=${presigned}`,
      );
    const ofVersion = (as: Fetch, { name }: Kept, presigned = 'true', number = 1): Promise<Response> =>
      as(`/model-versions/get-artifact?name=${name}&version=${number}&path=f.txt&presigned=${presigned}`);
    /** By the source `runs:/`, which MLflow 3.17 cannot read where it serves the files itself. */
    const ofRunsVersion = (as: Fetch, kept: Kept): Promise<Response> => ofVersion(as, kept, 'true', 2);
    const create = (as: Fetch, path: string): Promise<Response> =>
      as(`${PROXY}/mpu/create/${path}/d`, { json: { path: '/home/me/parts.bin', num_parts: 2 } });

    test('signs the download of an own file that MLflow serves, for MLflow’s own lifetime', async () => {
      for (const as of [a, reader]) {
        const url = await signed(await proxied(as, served.runPath), true);
        expect(url.pathname).toContain(`/${served.runPath}/d/f.txt`);
        expect(lifetime(url)).toBe(TTL);
      }
      await foreign(await proxied(b, served.runPath));
    });

    test('signs the download of an own file in S3 for at most the maximum', async () => {
      const body = { run_id: direct.run_id, path: 'd/f.txt' };
      const lifetimes = [
        [undefined, 300],
        [1, 1],
        ['60', 60],
        [MAX, MAX],
      ] as const;
      for (const [expiration, expected] of lifetimes) {
        const url = await signed(await sign(reader, 'download', { ...body, expiration }), true);
        expect(lifetime(url)).toBe(expected);
        expect(url.pathname).toBe(`/${BUCKET}/${direct.runPath}/d/f.txt`);
      }
      for (const expiration of [0, -1, MAX + 1, 604_800])
        await refused(() => sign(a, 'download', { ...body, expiration }), 400, 'invalid_field');
      await foreign(await sign(b, 'download', body));
    });

    test('signs an upload for roles that write, for at most the maximum', async () => {
      const owners = [{ run_id: direct.run_id }, { model_id: direct.model_id }];
      for (const owner of owners) {
        const body = { ...owner, path: 'd/up.txt' };
        const lifetimes = [
          [undefined, MAX],
          [60, 60],
          [MAX, MAX],
        ] as const;
        for (const [expiration, expected] of lifetimes) {
          const url = await signed(await sign(a, 'upload', { ...body, expiration }), false);
          expect(lifetime(url)).toBe(expected);
          const put = await store.fetch(`${url.pathname}${url.search}`, { method: 'PUT', body: 'up' });
          expect(put.status).toBe(200);
        }
        for (const expiration of [0, -1, MAX + 1, 604_801, '9223372036854775807'])
          await refused(() => sign(a, 'upload', { ...body, expiration }), 400, 'invalid_field');
        await refused(() => sign(reader, 'upload', body), 403, 'role_insufficient');
        await foreign(await sign(b, 'upload', body));
      }
      const url = await signed(
        await sign(through(strict), 'upload', { run_id: direct.run_id, path: 'd/up.txt' }),
        false,
      );
      expect(lifetime(url)).toBe(TTL - 1);
    });

    test('signs the file of an own model only if it is asked to, and if MLflow can', async () => {
      for (const kept of [served, direct])
        for (const get of [ofModel, ofVersion]) {
          const file = await get(reader, kept, 'false');
          expect([file.status, await file.text()]).toEqual([200, CONTENT]);
          for (const wrong of ['True', '1', ''])
            await refused(() => get(a, kept, wrong), 400, 'invalid_field');
          if (isBefore(version, '3.18')) {
            // It sends the file, as if it was not asked: the caller would take the file for a URL.
            const answer = await get(reader, kept);
            const { reason } = (await answer.json()) as { reason?: string };
            expect([answer.status, reason]).toEqual([502, 'upstream_invalid']);
            continue;
          }
          await signedFor(kept, get);
        }
      if (!isBefore(version, '3.18'))
        for (const kept of [served, direct]) await signedFor(kept, ofRunsVersion);
    });
    /** The file is signed for its owner alone. */
    async function signedFor(kept: Kept, get: typeof ofModel): Promise<void> {
      const url = await signed(await get(reader, kept), true);
      expect(lifetime(url)).toBe(TTL);
      await foreign(await get(b, kept));
    }

    test('refuses a URL that MLflow signs for longer, and names MLflow’s setting', async () => {
      const ways = [() => proxied(through(strict), served.runPath)];
      if (!isBefore(version, '3.18'))
        for (const kept of [served, direct])
          ways.push(
            () => ofModel(through(strict), kept),
            () => ofVersion(through(strict), kept),
            () => ofRunsVersion(through(strict), kept),
          );
      for (const ask of ways) {
        const answer = await ask();
        const text = await answer.text();
        expect([answer.status, JSON.parse(text).reason], text).toEqual([501, 'signed_url_refused']);
        expect(text).toContain('MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS');
        expect(text).not.toContain('X-Amz-');
      }
    });

    test('refuses the parts of an upload unless the maximum permits MLflow’s hour', async () => {
      await refused(() => create(a, served.runPath), 501, 'signed_url_refused');
      await refused(() => create(reader, served.runPath), 403, 'role_insufficient');
      const answer = await create(through(lax), served.runPath);
      const body = (await answer.json()) as { credentials: { url: string }[] };
      expect(answer.status, JSON.stringify(body)).toBe(200);
      expect(body.credentials.map(({ url }) => lifetime(new URL(url)))).toEqual([3600, 3600]);
      for (const { url } of body.credentials)
        expect(new URL(url).pathname).toContain(`/${served.runPath}/d/parts.bin`);
    });

    test('signs nothing with a maximum of 0', async () => {
      const as = through(off);
      const ways = [
        () => proxied(as, served.runPath),
        () => create(as, served.runPath),
        () => sign(as, 'download', { run_id: direct.run_id, path: 'd/f.txt' }),
        () => sign(as, 'upload', { run_id: direct.run_id, path: 'd/f.txt' }),
        () => ofModel(as, served),
        () => ofVersion(as, direct),
      ];
      for (const ask of ways) await refused(ask, 501, 'signed_url_refused');
      const file = await ofModel(as, served, 'false');
      expect(await file.text()).toBe(CONTENT);
    });

    test('MLflow’s client uploads through the gateway if signed URLs are refused', async () => {
      const report = await runClient<ClientReport>('signed_fallback.py', [unique('fallback')], {
        env: { ...(await stack.clientEnv(THEIRS)), MLFLOW_TRACKING_URI: off.address },
        dir: stack.dir,
        version,
        scripts: join(import.meta.dirname, 'clients'),
      });
      expect(report.failures).toEqual({});
      expect(Object.keys(report.results)).toEqual(['upload', 'download']);
    });
  });
});
