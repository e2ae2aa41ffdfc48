import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoIdp, startDemoIdp } from '../../dev/demo-idp.ts';
import { type GatewayProcess, startGateway } from '../../dev/gateway-process.ts';
import { type MlflowServer, startMlflow } from '../../dev/mlflow-server.ts';
import { found } from '../../dev/waiting.ts';
import { runClient, startClient } from './python.ts';
import type { Step } from './report.ts';

/** A gateway that was started before its MLflow, with the strategy `tags`, which needs no workspaces. */
let dir: string;
let idp: DemoIdp;
let gateway: GatewayProcess;
let mlflow: MlflowServer | undefined;

const start = async (): Promise<void> => {
  mlflow = await startMlflow({ dir: join(dir, 'mlflow'), ownProcess: true });
};

async function tokens(): Promise<string> {
  const claims = { tenant_id: 'team-a', sub: 'ada' };
  const stranger = await startDemoIdp();
  try {
    return JSON.stringify({
      admin: await idp.token({ ...claims, roles: ['admin'] }),
      viewer: await idp.token({ ...claims, roles: ['viewer'] }),
      other: await idp.token({ tenant_id: 'team-b', sub: 'bob', roles: ['admin'] }),
      expired: await idp.token({ ...claims, roles: ['admin'] }, { expiresIn: -3600 }),
      foreign: await stranger.token({ ...claims, roles: ['admin'] }),
      invalid: 'not.a.token',
      nobody: null,
    });
  } finally {
    await stranger.stop();
  }
}

interface Scenario {
  /** Folder of files by which script and test tell each other where they are. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

async function scenario(name: string): Promise<Scenario> {
  const folder = join(dir, name);
  mkdirSync(folder);
  return { folder, env: { MLFLOW_TRACKING_URI: gateway.address, GATEWAY_TOKENS: await tokens() } };
}

async function reached(folder: string, what: string): Promise<void> {
  await found(`the client reaches "${what}"`, () => existsSync(join(folder, `${what}.reached`)), {
    timeoutMs: 120_000,
    everyMs: 20,
  });
}

const byName = (steps: readonly Step[]): Record<string, Step> =>
  Object.fromEntries(steps.map((step) => [step.step, step]));

interface Line {
  readonly operation: string;
  readonly decision: string;
  readonly reason: string;
  readonly bytes_in: number;
}

const audited = ({ auditFile }: GatewayProcess): Line[] =>
  readFileSync(auditFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

/** The gateway's own responses. */
const refusals = (): string[] =>
  audited(gateway)
    .filter(({ decision }) => decision !== 'allow')
    .map(({ reason }) => reason);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'errors-'));
  idp = await startDemoIdp();
  gateway = await startGateway({
    dir,
    until: 'listening',
    env: {
      GW_TARGET_BASE_URL: `unix:${join(dir, 'mlflow/mlflow.sock')}`,
      GW_AUTH_MODE: 'oidc',
      GW_OIDC_ISSUER: idp.issuer,
      GW_OIDC_AUDIENCE: idp.audience,
      GW_REQUEST_TIMEOUT_SECONDS: '2',
    },
  });
});
afterAll(async () => {
  await gateway?.stop();
  await mlflow?.stop();
  await idp?.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('an unreachable MLflow', () => {
  let steps: Record<string, Step>;

  beforeAll(async () => {
    const { folder, env } = await scenario('outages');
    const done = (what: string): void => writeFileSync(join(folder, `${what}.done`), '');
    const seeTo = async (what: string, act: () => Promise<void> | void): Promise<void> => {
      await reached(folder, what);
      await act();
    };
    const report = runClient<{ steps: Step[] }>('errors.py', ['outages', folder], { env, dir });
    // A client that stops in the middle is the better message.
    const events = (async (): Promise<void> => {
      // The client is trying while MLflow starts, and while it does not answer.
      await seeTo('start', async () => {
        done('start');
        await sleep(300);
        await start();
      });
      await seeTo('stop', async () => {
        await mlflow!.stop();
        done('stop');
      });
      await seeTo('start again', async () => {
        done('start again');
        await sleep(300);
        await start();
      });
      await seeTo('pause', () => {
        process.kill(-mlflow!.pid, 'SIGSTOP');
        done('pause');
      });
      await seeTo('resume', async () => {
        done('resume');
        await sleep(1_000);
        process.kill(-mlflow!.pid, 'SIGCONT');
      });
    })();
    const [{ steps: list }] = await Promise.all([report, events]);
    steps = byName(list);
  });

  test.each([
    'not started, no retries',
    'not started, one retry',
    'stopped, no retries',
    "paused, the gateway's timeout",
  ])('%s: an exception with the gateway’s sentence', (name) => {
    expect(steps[name]!.error).toMatchObject({
      class: 'RestException',
      error_code: 'TEMPORARILY_UNAVAILABLE',
      message: expect.stringMatching(/^TEMPORARILY_UNAVAILABLE: .*MLflow/),
    });
  });

  test('the audit log has the gateway’s denials', () => {
    expect(refusals()).toEqual(expect.arrayContaining(['upstream_unreachable', 'upstream_timeout']));
  });

  test.each([
    ['not started, many retries', 'found'],
    ['stopped, many retries', 'logged'],
    ['stopped, many retries, artifacts', 'logged'],
    ['after the outage', { p: '1' }],
    ['paused, many retries', { p: '1' }],
  ])('%s: it comes back, and the call succeeds', (name, value) => {
    expect(steps[name]).toMatchObject({ value });
    expect(steps[name]!.error).toBeUndefined();
  });

  test('MLFLOW_HTTP_REQUEST_TIMEOUT ends a request before the gateway gives up', () => {
    const own = steps["paused, the client's timeout"]!;
    expect(own.error).toMatchObject({
      class: 'MlflowException',
      message: expect.stringContaining('Read timed out. (read timeout=1)'),
    });
    expect(own.ms).toBeGreaterThan(900);
    expect(own.ms).toBeLessThan(2_000);
  });
});

describe('a denial as a program sees it', () => {
  let steps: Record<string, Step>;

  beforeAll(async () => {
    if (mlflow === undefined) await start();
    const { folder, env } = await scenario('refusals');
    steps = byName(
      (await runClient<{ steps: Step[] }>('errors.py', ['refusals', folder], { env, dir })).steps,
    );
  });

  test('403: an MlflowException with PERMISSION_DENIED and the gateway’s sentence', () => {
    const denied = {
      error: {
        class: 'RestException',
        is_a: ['RestException', 'MlflowException'],
        error_code: 'PERMISSION_DENIED',
        message: 'PERMISSION_DENIED: Insufficient role: required contributor, got viewer',
      },
    };
    expect(steps['viewer creates']).toMatchObject(denied);
    expect(steps['viewer logs']).toMatchObject(denied);
    expect(steps['viewer reads']).toMatchObject({ value: 'active' });
  });

  test('404: another tenant’s run looks like a missing one, except for its id', () => {
    const without = (name: string): unknown =>
      JSON.parse(JSON.stringify(steps[name]!.error).replace(/[0-9a-f]{32}/g, 'ID'));
    expect(steps["another tenant's run"]!.error).toMatchObject({
      class: 'RestException',
      error_code: 'RESOURCE_DOES_NOT_EXIST',
    });
    expect(without("another tenant's run")).toEqual(without('a run that is missing'));
    expect(without("artifacts of another tenant's run")).toEqual(
      without('artifacts of a run that is missing'),
    );
  });

  test.each([
    ['token nobody', /needs a bearer token|Authorization/i],
    ['token invalid', /well-formed JWT/],
    ['token expired', /expired/],
    ['token foreign', /issuer/],
    ['user and password beside the token', /Bearer/i],
    ['credentials in a file beside the token', /Bearer/i],
  ])('401: %s', (name, words) => {
    expect(steps[name]!.error).toMatchObject({
      class: 'RestException',
      error_code: 'UNAUTHENTICATED',
      message: expect.stringMatching(words),
    });
    expect(steps[name]!.requests).toBe(1);
  });

  test('the client reads MLFLOW_TRACKING_TOKEN for each request', () => {
    expect(steps['token renewed']).toMatchObject({ value: 'active' });
  });

  test('a refused upload raises the same exception', () => {
    expect(steps['viewer uploads']!.error).toMatchObject({
      class: 'HTTPError',
      status: 403,
      message: expect.stringContaining('Insufficient role: required contributor, got viewer'),
    });
    expect(steps['upload with a bad token']!.error?.message).toContain('well-formed JWT');
  });
});

describe('an interrupted upload', () => {
  test('leaves nothing behind', async () => {
    if (mlflow === undefined) await start();
    const { folder, env } = await scenario('upload');
    const client = await startClient('errors.py', ['upload', folder], { env, dir });
    await reached(folder, 'sending');
    // Once some of it is there; how much shows in the audit line.
    await sleep(700);
    client.kill('SIGKILL');
    expect(await client.exited).toBe('SIGKILL');
    const run = readFileSync(join(folder, 'run'), 'utf8');
    const cut = (): { operation: string; bytes_in: number }[] =>
      audited(gateway).filter(
        (line) => line.operation === 'proxyUploadArtifact' && line.reason === 'aborted',
      );
    await expect.poll(() => cut().length, { timeout: 20_000 }).toBe(1);
    expect(cut()[0]!.bytes_in).toBeGreaterThan(0);
    const headers = {
      authorization: `Bearer ${await idp.token({ tenant_id: 'team-a', sub: 'ada', roles: ['admin'] })}`,
    };
    const listed = await gateway.fetch(`/api/2.0/mlflow/artifacts/list?run_id=${run}`, { headers });
    expect(listed.status).toBe(200);
    expect(((await listed.json()) as { files?: unknown[] }).files ?? []).toEqual([]);
  });
});
