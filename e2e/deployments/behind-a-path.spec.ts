/**
 * The gateway below a path of a host, MLflow below a path of its own (`--static-prefix`), and both: MLflow's Python client and
 * its pages in a real browser, through a proxy that ends TLS and keeps paths, as an Ingress does.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type BrowserContext, chromium, expect, type Page, test } from '@playwright/test';
import { startGateway } from '../../dev/gateway-process.ts';
import { DEFAULT_MLFLOW_VERSION } from '../../dev/mlflow-env.ts';
import { type MlflowServerOptions, startMlflow } from '../../dev/mlflow-server.ts';
import { runClient } from '../clients/python.ts';
import type { ClientReport, DayIds } from '../clients/report.ts';
import { makeCertificate } from '../cluster/support/certificates.ts';
import { endTls, type Forward } from '../cluster/support/forward.ts';
import { chromiumOptions } from '../harness/chromium.ts';
import { otlpProtobuf } from '../harness/otlp.ts';
import { type Stack, startStack, unique } from '../harness/stack.ts';

const HOST = 'ml.example.com';
const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../src/main.ts');
const SCRIPTS = join(import.meta.dirname, 'clients');

/** The fields that short_day.py adds to a report. */
interface ShortReport extends ClientReport {
  readonly ids: { readonly experiment_id: string; readonly run_id: string };
}

interface Deployment {
  readonly name: string;
  readonly prefix: string;
  readonly workspaces: boolean;
  readonly mlflow: Partial<Omit<MlflowServerOptions, 'dir' | 'workspaces'>>;
}

const BOTH: Deployment = {
  name: 'both, with different paths, with workspaces',
  prefix: '/team/mlflow',
  workspaces: true,
  mlflow: { staticPrefix: '/x' },
};

const DEPLOYMENTS: readonly Deployment[] = [
  BOTH,
  {
    name: 'both, with the same path',
    prefix: '/mlflow',
    workspaces: false,
    mlflow: { staticPrefix: '/mlflow' },
  },
  { name: 'only MLflow', prefix: '', workspaces: false, mlflow: { staticPrefix: '/x' } },
  {
    name: 'only the gateway, before MLflow 2',
    prefix: '/mlflow',
    workspaces: false,
    mlflow: { version: '2.22.5', listen: { port: 0 } },
  },
];

for (const deployment of DEPLOYMENTS)
  test.describe(`below a path: ${deployment.name}`, () => {
    // Each test continues where the one before ended.
    test.describe.configure({ mode: 'serial' });
    const { prefix, workspaces, mlflow } = deployment;
    const version = mlflow.version === undefined ? {} : { version: mlflow.version };
    const old = mlflow.version !== undefined;
    const [owner, other] = [unique('path-a'), unique('path-b')];
    const experiment = unique('short');
    let stack: Stack;
    let outside: Forward;
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;
    let ids: ShortReport['ids'];

    test.beforeAll(async () => {
      stack = await startStack({
        auth: 'off',
        workspaces,
        tenants: [owner, other],
        mlflow,
        env: { GW_PATH_PREFIX: prefix },
      });
      outside = await endTls(stack.gateway.port, await makeCertificate(HOST));
      browser = await chromium.launch(chromiumOptions([`MAP ${HOST}:443 127.0.0.1:${outside.port}`]));
      context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } });
      page = await context.newPage();
    });
    test.afterAll(async () => {
      await browser?.close();
      await outside?.stop();
      await stack?.stop();
    });

    test('MLflow’s Python client works with the address and the path', async () => {
      const env = await stack.clientEnv(owner);
      expect(env.MLFLOW_TRACKING_URI).toBe(`${stack.gateway.address}${prefix}`);
      const how = { env, dir: stack.dir, version: DEFAULT_MLFLOW_VERSION, scripts: SCRIPTS, ...version };
      const report = await runClient<ShortReport>('short_day.py', [experiment], how);
      expect(report.failures).toEqual({});
      expect(Object.keys(report.results)).toEqual(['run', 'artifacts', ...(old ? [] : ['trace'])]);
      ids = report.ids;
      const lines = stack.audit().filter(({ tenant }) => tenant === owner);
      expect(lines).toHaveLength(report.calls);
      for (const { path } of lines) expect(path).toMatch(new RegExp(`^${prefix}/(api/|v1/|version$)`));
    });

    test('`mlflow-gateway check` approves of MLflow', async () => {
      const env = {
        GW_AUTH_MODE: 'off',
        GW_TARGET_BASE_URL: stack.mlflow.address,
        ...(mlflow.staticPrefix === undefined ? {} : { GW_UPSTREAM_PATH_PREFIX: mlflow.staticPrefix }),
      };
      const { stdout } = await run(process.execPath, [MAIN, 'check'], { env });
      expect(stdout).toContain(`ok    tenancy: ${workspaces ? 'workspaces' : 'tags'}`);
      expect(Number(/surface: (\d+) of \d+/.exec(stdout)?.[1])).toBeGreaterThan(old ? 100 : 400);
    });

    test('OpenTelemetry can export traces', async () => {
      const as = stack.as(owner);
      const answer = await as(`${prefix}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': ids.experiment_id },
        body: otlpProtobuf('0123456789abcdef0123456789abcdef', [['a', 'b']]),
      });
      // MLflow 2 has no such route; the request was let through all the same.
      expect(answer.status).toBe(old ? 404 : 200);
      expect(await stack.auditOf(answer)).toMatchObject({ decision: 'allow', path: `${prefix}/v1/traces` });
    });

    test('a browser is redirected to the sign-in page, and from there to MLflow’s pages', async () => {
      const asked: string[] = [];
      const failed: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      page.on('response', (answer) => {
        const { pathname } = new URL(answer.url());
        if (answer.status() >= 400) failed.push(`${answer.status()} ${pathname.slice(prefix.length)}`);
      });
      await page.goto(`https://${HOST}${prefix}`);
      expect(page.url()).toBe(`https://${HOST}${prefix}/gateway/sign-in`);
      await page.fill('[name=tenant]', owner);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`https://${HOST}${prefix}/**`);
      // MLflow's pages put their own names before it, once they are drawn.
      expect(await page.title()).toMatch(/MLflow$/);
      const cookies = await context.cookies(`https://${HOST}${prefix}/`);
      expect(cookies.map(({ name, path }) => [name, path])).toEqual([['mlflow-gateway-dev', `${prefix}/`]]);
      const open = async (path: string): Promise<void> => {
        // Otherwise only the fragment changes, and MLflow's UI may be busy with the previous page.
        await page.goto('about:blank');
        await page.goto(`https://${HOST}${prefix}/#/${path}${workspaces ? `?workspace=${owner}` : ''}`);
      };
      const runs = `experiments/${ids.experiment_id}/runs`;
      await open(old ? `experiments/${ids.experiment_id}` : 'experiments');
      await page.getByText(experiment, { exact: true }).first().waitFor();
      if (!old) await open(runs);
      await page.getByText('short', { exact: true }).first().waitFor();
      // The page of a run asks GraphQL, which tenants have with workspaces only.
      if (workspaces) {
        await open(`${runs}/${ids.run_id}/artifacts`);
        await page.getByText('deep', { exact: true }).first().waitFor();
      }
      // Every request of the pages is below the path and succeeds.
      const elsewhere = asked.filter(
        (url) => !url.startsWith(`https://${HOST}${prefix}`) && !url.startsWith('data:'),
      );
      expect(elsewhere).toEqual([]);
      expect(asked.length).toBeGreaterThan(20);
      const allowed = workspaces ? MISSING : new Set([...MISSING, NO_GRAPHQL]);
      expect(failed.filter((line) => !allowed.has(line))).toEqual([]);
    });

    test('a page can create an experiment', async () => {
      const name = unique('clicked');
      const made = await page.evaluate(async (body) => {
        const answer = await fetch('ajax-api/2.0/mlflow/experiments/create', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body,
        });
        return answer.status;
      }, JSON.stringify({ name }));
      // The page’s own Origin; workspaces are the session’s.
      expect(made).toBe(200);
      const answer = await stack.as(owner)(
        `${prefix}/api/2.0/mlflow/experiments/get-by-name?experiment_name=${name}`,
      );
      expect(answer.status).toBe(200);
    });

    test('no other path and no other spelling of the path is served', async () => {
      const search = 'api/2.0/mlflow/experiments/search?max_results=5';
      const ajax = 'ajax-api/2.0/mlflow/experiments/search';
      const below = prefix === '' ? [] : [`/${search}`, `/${ajax}`, '/version', '/health', '/graphql', '/'];
      const upper = prefix.toUpperCase();
      const ways = [
        ...below,
        ...(prefix === '' ? [] : [`${upper}/${search}`, `/%6Dlflow/${search}`, `${prefix}%2f${search}`]),
        ...(prefix === ''
          ? []
          : [`${prefix}x/${search}`, `${prefix};/${search}`, `${prefix}${prefix}/${search}`]),
        `/x${prefix}/${search}`,
        `${prefix}/x/${search}`,
        `/${prefix}/${search}`,
        `${prefix}//${search}`,
        `${prefix}/../x/${search}`,
        `${prefix}/%2e%2e/x/${search}`,
        `/x/..${prefix}/${search}`,
        `/.${prefix}/${search}`,
        `\\${prefix}/${search}`,
        `${prefix}/..;/${search}`,
      ];
      for (const path of ways) {
        const answer = await stack
          .as(owner)(path)
          .catch((error: Error) => error);
        if (answer instanceof Error) throw new Error(`${path}: ${answer.message}`);
        expect([400, 404], `${path} ${answer.status}`).toContain(answer.status);
        const line = await stack.auditOf(answer);
        expect([line.decision, line.upstream], path).toEqual(['deny', null]);
      }
    });

    // The longest client, in the most complex deployment.
    if (deployment === BOTH)
      test('a whole day of work succeeds and stays hidden from another tenant', async () => {
        const version = DEFAULT_MLFLOW_VERSION;
        const how = { env: await stack.clientEnv(owner), dir: stack.dir, version, scripts: SCRIPTS };
        const day = await runClient<ClientReport & { readonly ids: DayIds }>(
          'ordinary_day.py',
          [unique('day')],
          how,
        );
        expect(day.failures).toEqual({});
        expect(day.calls).toBeGreaterThan(200);
        const traces = stack.audit().filter(({ path }) => path === `${prefix}/v1/traces`);
        // The client sends spans in batches: one or several requests, by their timing.
        expect(traces).not.toEqual([]);
        for (const { status_code } of traces) expect(status_code).toBe(200);
        const file = join(stack.dir, 'day.json');
        writeFileSync(file, JSON.stringify(day));
        const report = await runClient<ClientReport & { leaks: string[]; attempts: number }>(
          'other_tenant.py',
          [file],
          { env: await stack.clientEnv(other), dir: stack.dir, version },
        );
        expect(report.leaks).toEqual([]);
        expect(report.failures).toEqual({});
        expect(report.attempts).toBeGreaterThanOrEqual(50);
      });

    test('the probes are served at the root alone', async () => {
      for (const probe of ['/healthz', '/readyz']) {
        expect((await stack.anonymous(probe)).status).toBe(200);
        if (prefix !== '') expect((await stack.anonymous(`${prefix}${probe}`)).status).toBe(404);
      }
      expect((await stack.anonymous(`${prefix}/health`)).status).toBe(200);
    });
  });

/** Requests of MLflow's pages that may fail: its own users, and the assistant, which is closed unless opened. */
const MISSING = new Set([
  '404 /ajax-api/2.0/mlflow/users/current',
  '403 /ajax-api/3.0/mlflow/assistant/config',
  '403 /ajax-api/3.0/mlflow/assistant/providers',
]);
const NO_GRAPHQL = '403 /graphql';

// Before 3.16 a prefix moves only a part of MLflow's paths; half a server is of no use.
for (const version of ['2.22.5', '3.10.1'])
  test(`MLflow ${version} with a prefix is refused, and the gateway states the reason`, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'old-prefix-'));
    const server = await startMlflow({
      dir: join(dir, 'mlflow'),
      version,
      staticPrefix: '/x',
      listen: { port: 0 },
    });
    const gateway = await startGateway({
      dir,
      until: 'listening',
      env: { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: server.address, GW_UPSTREAM_PATH_PREFIX: '/x' },
    });
    try {
      const ready = await gateway.fetch('/readyz');
      expect(ready.status).toBe(503);
      expect(await ready.text()).toMatch(/\/x.*3\.16 or newer/);
      const answer = await gateway.fetch('/ajax-api/2.0/mlflow/experiments/search', {
        json: { max_results: 1 },
        headers: { 'x-tenant': 'team-a' },
      });
      expect([502, 503]).toContain(answer.status);
    } finally {
      await gateway.stop();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  });
