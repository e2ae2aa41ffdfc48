/** MLflow servers that run but reject the gateway's requests: settings that work, and the messages for those that cannot. */
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type GatewayProcess, startGateway } from '../../dev/gateway-process.ts';
import { fetcher } from '../../dev/http.ts';
import { layeredEnv } from '../../dev/layered-env.ts';
import { type MlflowServer, startMlflow } from '../../dev/mlflow-server.ts';
import { freePort } from '../../dev/ports.ts';
import { LIMITS } from '../../src/limits.ts';
import { readSamples } from '../../src/metrics/testing.ts';
import { runCommand } from '../harness/gateway-command.ts';

const PUBLIC = 'mlflow.example.com';
const PREFIX = '/ml';

const dir = mkdtempSync(join(tmpdir(), 'turned-away-'));
const started: { stop(): Promise<void> }[] = [];
const keep = <T extends { stop(): Promise<void> }>(server: T): T => {
  started.push(server);
  return server;
};
afterAll(async () => {
  for (const server of started.reverse()) await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

let serial = 0;
/** A gateway in front of `mlflow`, in mode `off`. */
async function gatewayTo(
  mlflow: { readonly address: string },
  env: Record<string, string> = {},
  until: 'ready' | 'listening' = 'ready',
): Promise<GatewayProcess> {
  const own = mkdtempSync(join(dir, `gateway-${++serial}-`));
  return keep(
    await startGateway({
      dir: own,
      until,
      env: { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: mlflow.address, ...env },
    }),
  );
}

/** Packages for auth apps and the metrics exporter that MLflow does not install; MLflow finds them by `PYTHONPATH`. */
const EXTRAS = {
  name: 'auth-apps',
  packages: [
    'Flask-WTF==1.3.0',
    'WTForms==3.3.2',
    'prometheus_client==0.26.0',
    'prometheus_flask_exporter==0.23.2',
    'mlflow-oidc-auth==9.0.5',
    'asgiref==3.13.0',
    'Authlib==1.9.10',
    'httpcore2==2.16.2',
    'httpx2==2.16.2',
    'joserfc==1.8.0',
    'truststore==0.10.5',
  ],
};
let extras: Record<string, string>;
beforeAll(async () => {
  const { dir: layer } = await layeredEnv(EXTRAS);
  const [packages] = globSync(join(layer, 'lib/python3*/site-packages'));
  extras = { PYTHONPATH: packages! };
});

/** Runs `mlflow-gateway check` for `mlflow`; its output must not have a stack trace. */
async function checkOf(mlflow: { readonly address: string }, env: Record<string, string> = {}, json = false) {
  const all = { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: mlflow.address, ...env };
  const outcome = await runCommand(json ? ['check', '--json'] : ['check'], all);
  expect(outcome.stderr).toBe('');
  return outcome;
}

/** The first responses may come before MLflow has answered; none may be "ready". */
async function expectUnready(gateway: GatewayProcess, why: RegExp): Promise<void> {
  await vi.waitFor(
    async () => {
      const answer = await gateway.fetch('/readyz');
      const text = await answer.text();
      expect([answer.status, text]).toEqual([503, expect.stringMatching(why)]);
    },
    { timeout: 20_000, interval: 100 },
  );
}

const mine = { headers: { 'x-tenant': 'team-a' } };
const search = '/api/2.0/mlflow/experiments/search?max_results=1';

describe('an MLflow that accepts one public host only', () => {
  let onSocket: MlflowServer;
  /** Over TCP, and below a path. */
  let overTcp: MlflowServer;
  beforeAll(async () => {
    const env = { MLFLOW_SERVER_ALLOWED_HOSTS: PUBLIC };
    onSocket = keep(await startMlflow({ dir: join(dir, 'socket'), env }));
    overTcp = keep(
      await startMlflow({
        dir: join(dir, 'tcp'),
        env: { ...env, ...extras },
        listen: { port: 0 },
        staticPrefix: PREFIX,
        extraArgs: ['--expose-prometheus', join(dir, 'prometheus')],
      }),
    );
  });

  test.each(['socket', 'tcp'])('is unreachable without GW_UPSTREAM_HOST, over %s', async (how) => {
    const env: Record<string, string> = how === 'tcp' ? { GW_UPSTREAM_PATH_PREFIX: PREFIX } : {};
    const gateway = await gatewayTo(how === 'tcp' ? overTcp : onSocket, env, 'listening');
    await expectUnready(
      gateway,
      /MLflow does not accept the host that the gateway sends \(.*GW_UPSTREAM_HOST/,
    );
    const { code, stdout } = await checkOf(how === 'tcp' ? overTcp : onSocket, env);
    expect(stdout).toMatch(
      /FAIL {2}operation: MLflow does not accept the host that the gateway sends \(.*GW_UPSTREAM_HOST/,
    );
    expect(code).toBe(1);
  });

  test.each(['socket', 'tcp'])('works with GW_UPSTREAM_HOST, over %s', async (how) => {
    const env: Record<string, string> = how === 'tcp' ? { GW_UPSTREAM_PATH_PREFIX: PREFIX } : {};
    const mlflow = how === 'tcp' ? overTcp : onSocket;
    const gateway = await gatewayTo(mlflow, { ...env, GW_UPSTREAM_HOST: PUBLIC });
    const name = `made-${how}`;
    const made = await gateway.fetch('/api/2.0/mlflow/experiments/create', { ...mine, json: { name } });
    expect(made.status).toBe(200);
    const found = await gateway.fetch(search, mine);
    expect([found.status, await found.text()]).toEqual([200, expect.stringContaining(name)]);
    const page = await gateway.fetch('/', mine);
    expect(page.status).toBe(200);
  });

  test('stays ready when an experiment has more tags than the gateway reads of a response', async () => {
    const gateway = await gatewayTo(onSocket, { GW_UPSTREAM_HOST: PUBLIC });
    const api = '/api/2.0/mlflow/experiments';
    const made = await gateway.fetch(`${api}/create`, { ...mine, json: { name: 'large' } });
    const { experiment_id } = (await made.json()) as { experiment_id: string };
    const value = 'x'.repeat(5_000);
    const tags = Math.ceil(LIMITS.questionAnswer.value / value.length) + 1;
    for (let i = 0; i < tags; i++) {
      const set = await gateway.fetch(`${api}/set-experiment-tag`, {
        ...mine,
        json: { experiment_id, key: `k${i}`, value },
      });
      expect(set.status).toBe(200);
    }
    const large = await gateway.fetch(`${api}/get?experiment_id=${experiment_id}`, mine);
    expect((await large.text()).length).toBeGreaterThan(LIMITS.questionAnswer.value);
    await gatewayTo(onSocket, { GW_UPSTREAM_HOST: PUBLIC }, 'ready');
  });

  test('check: reports no problem with GW_UPSTREAM_HOST, and the steps to workspaces', async () => {
    const { code, stdout } = await checkOf(onSocket, { GW_UPSTREAM_HOST: PUBLIC });
    expect(stdout).toMatch(/ok {4}tenancy: tags .*--enable-workspaces .*flag_options.*extraFlags.*migration/);
    expect(stdout).toContain('ok    operation: ');
    expect([code, stdout.includes('FAIL')]).toEqual([0, false]);
  });

  test('check: reports that the workspaces of GW_TENANCY are missing', async () => {
    const env = { GW_UPSTREAM_HOST: PUBLIC, GW_TENANCY: 'workspaces' };
    const { code, stdout } = await checkOf(onSocket, env);
    expect(stdout).toMatch(/FAIL {2}tenancy: .* start it with --enable-workspaces \(flag_options/);
    expect(code).toBe(1);
  });

  test('check: reports that MLflow is below a path that is not configured', async () => {
    const { code, stdout } = await checkOf(overTcp, { GW_UPSTREAM_HOST: PUBLIC });
    expect(stdout).toMatch(/FAIL {2}MLflow at .*404 .*GW_UPSTREAM_PATH_PREFIX/);
    expect(code).toBe(1);
  });

  test('serves MLflow’s metrics at the metrics port only, below a path too', async () => {
    const port = await freePort();
    const gateway = await gatewayTo(overTcp, {
      GW_UPSTREAM_HOST: PUBLIC,
      GW_UPSTREAM_PATH_PREFIX: PREFIX,
      GW_METRICS_PORT: String(port),
      GW_METRICS_HOST: '127.0.0.1',
      GW_METRICS_MLFLOW: 'true',
    });
    expect((await gateway.fetch(search, mine)).status).toBe(200);
    const answer = await fetcher(`http://127.0.0.1:${port}`)('/mlflow/metrics');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^text\/plain; version=/),
    ]);
    const names = readSamples(await answer.text()).map(({ name }) => name);
    expect(names.some((name) => name.startsWith('mlflow_http_request'))).toBe(true);
    for (const path of ['/mlflow/metrics', '/metrics', `${PREFIX}/metrics`, `${PREFIX}/../metrics`])
      for (const role of [{}, { 'x-workspace': 'default' }]) {
        const refused = await gateway.fetch(path, { headers: { ...mine.headers, ...role } });
        expect([refused.status, (await refused.text()).includes('mlflow_http')], path).toEqual([
          expect.toSatisfy((status: number) => status === 404 || status === 400),
          false,
        ]);
      }
  });

  test('reports that there are no MLflow metrics without --expose-prometheus', async () => {
    const port = await freePort();
    await gatewayTo(onSocket, {
      GW_UPSTREAM_HOST: PUBLIC,
      GW_METRICS_PORT: String(port),
      GW_METRICS_HOST: '127.0.0.1',
      GW_METRICS_MLFLOW: 'true',
    });
    const answer = await fetcher(`http://127.0.0.1:${port}`)('/mlflow/metrics');
    expect([answer.status, await answer.text()]).toEqual([
      404,
      expect.stringContaining('--expose-prometheus'),
    ]);
  });
});

describe.each([
  [
    'basic-auth',
    {
      MLFLOW_AUTH_ADMIN_PASSWORD: 'Nobody-knows-this-1',
      MLFLOW_FLASK_SERVER_SECRET_KEY: 'of-this-test-only',
    },
  ],
  [
    'oidc-auth',
    {
      SECRET_KEY: 'of-this-test-only',
      OIDC_DISCOVERY_URL: 'http://127.0.0.1:9/.well-known/openid-configuration',
      OIDC_CLIENT_ID: 'mlflow',
      OIDC_CLIENT_SECRET: 'none',
      OIDC_USERS_DB_URI: 'sqlite:///users.db',
    },
  ],
])('an MLflow with the auth app %s', (app, env) => {
  let mlflow: MlflowServer;
  beforeAll(async () => {
    mlflow = keep(
      await startMlflow({
        dir: join(dir, app),
        env: { ...extras, ...env },
        extraArgs: ['--app-name', app],
      }),
    );
  });

  test('is healthy; the gateway is not ready and names the setting to turn off', async () => {
    const gateway = await gatewayTo(mlflow, {}, 'listening');
    expect((await mlflow.fetch('/health')).status).toBe(200);
    await expectUnready(gateway, /MLflow requires its own credentials .*--app-name/);
  });

  test('check: reports it', async () => {
    const json = await checkOf(mlflow, {}, true);
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([1, { ok: false }]);
    const { code, stdout } = await checkOf(mlflow);
    expect(stdout).toMatch(/FAIL {2}operation: MLflow requires its own credentials .*auth\.enabled/);
    expect(code).toBe(1);
  });
});
