import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fetch } from '../../dev/http.ts';
import { type MlflowServer, startMlflow } from '../../dev/mlflow-server.ts';
import { makeWorkspaces, type Stack, startStack } from '../harness/stack.ts';
import { judge } from './compare-days.ts';
import { KNOWN } from './differences.ts';
import { settle } from './neighbour-data.ts';
import { runClient } from './python.ts';
import type { AttemptReport, DayReport } from './report.ts';
import { snapshot } from './snapshot.ts';

const TENANT = 'team-day';
const NEIGHBOUR = 'neighbour';
const OTHER = 'team-other';
/** MLflow's messages list sets, whose order is that of hashes. */
const SEEDED = { PYTHONHASHSEED: '0' };
const GUIDE = fileURLToPath(new URL('../../docs/clients.md', import.meta.url));

/** Both ways of running the gateway are used, each with one strategy: who is calling does not bear on the other. */
const WAYS = [
  { strategy: 'workspaces', auth: 'oidc' },
  { strategy: 'tags', auth: 'off' },
] as const;

describe.each(WAYS)("a day with MLflow's Python client, strategy $strategy", ({ strategy, auth }) => {
  const workspaces = strategy === 'workspaces';
  const chosen: Record<string, string> = workspaces ? { MLFLOW_WORKSPACE: TENANT } : {};
  let dir: string;
  let alone: MlflowServer;
  let stack: Stack;
  let straight: DayReport;
  let through: DayReport;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'day-'));
    alone = await startMlflow({
      dir: join(dir, 'mlflow'),
      listen: { port: 0 },
      workspaces,
      env: SEEDED,
    });
    if (workspaces) await makeWorkspaces(alone.fetch, [TENANT]);
    const tenants = [TENANT, NEIGHBOUR, OTHER];
    stack = await startStack({ auth, tenants, workspaces, mlflow: { env: SEEDED } });
    await settle(stack.as(NEIGHBOUR, 'admin'));
    const toMlflow = { ...chosen, MLFLOW_TRACKING_URI: alone.address };
    const toGateway = { ...chosen, ...(await stack.clientEnv(TENANT, 'admin')) };
    [straight, through] = await Promise.all([
      runClient<DayReport>('day_of_work.py', [], { env: toMlflow, dir: join(dir, 'straight') }),
      runClient<DayReport>('day_of_work.py', [], { env: toGateway, dir: join(dir, 'gateway') }),
    ]);
  });
  afterAll(async () => {
    await stack?.stop();
    await alone?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('straight at MLflow it went as it was meant to', () => {
    const wrong = straight.steps.filter(
      ({ expected, error }) => expected !== 'either' && (error === undefined) !== (expected === 'value'),
    );
    expect(wrong).toEqual([]);
    expect(straight.steps.length).toBeGreaterThan(500);
  });

  test('through the gateway the client got the same, but for what is listed', () => {
    const verdict = judge(
      strategy,
      { report: straight, server: alone.address },
      { report: through, server: stack.gateway.address },
    );
    expect(verdict.unlisted).toEqual([]);
    expect(verdict.gone).toEqual([]);
  });

  test('docs/clients.md says how much was compared', () => {
    const areas = new Map<string, number>();
    for (const { step } of straight.steps) {
      const area = step.split('.')[0]!;
      areas.set(area, (areas.get(area) ?? 0) + 1);
    }
    const rows = [...readFileSync(GUIDE, 'utf8').matchAll(/^\| `([a-z ]+)` \| (\d+) \|/gm)];
    expect(rows.map(([, area, calls]) => [area, Number(calls)])).toEqual([...areas]);
  });

  test('docs/clients.md lists every difference', () => {
    const guide = readFileSync(GUIDE, 'utf8');
    const known = KNOWN.filter(({ strategies }) => strategies.includes(strategy));
    expect(known.map(({ reason }) => reason).filter((reason) => !guide.includes(`| ${reason} |`))).toEqual(
      [],
    );
  });

  test('every one of its requests has an audit line with the tenant', () => {
    // A path that climbs is refused before the caller is known.
    const climbing = stack.audit().filter(({ tenant, reason }) => !tenant && reason === 'invalid_field');
    expect(climbing.map(({ operation }) => operation)).toEqual(['proxyListArtifacts']);
    const own = stack.audit().filter((line) => line.tenant === TENANT);
    expect(own).toHaveLength(through.calls - climbing.length);
  });

  test('it happened in the workspace of the tenant, or with its tag', async () => {
    const path = `/api/2.0/mlflow/experiments/get?experiment_id=${through.ids.experiment_id}`;
    const found = await direct(TENANT)(path);
    expect(found.status).toBe(200);
    const { experiment } = (await found.json()) as {
      experiment: { tags: { key: string; value: string }[] };
    };
    if (workspaces) expect((await direct(OTHER)(path)).status).toBe(404);
    else expect(experiment.tags).toContainEqual({ key: 'tenant', value: TENANT });
  });

  test('another tenant, knowing every id, sees none of it and changes nothing', async () => {
    const before = await snapshot(direct(TENANT), through.ids);
    const report = await attempt(OTHER);
    expect(report.leaks).toEqual([]);
    expect(report.failures).toEqual({});
    expect(report.attempts).toBeGreaterThanOrEqual(50);
    expect(await snapshot(direct(TENANT), through.ids)).toEqual(before);
  });

  // The control, and last because it deletes everything: an attempt that failed for the owner too would prove nothing.
  test('the owner succeeds in every one of the same attempts', async () => {
    const report = await attempt(TENANT);
    expect(report.results).toEqual({});
    expect(report.leaks).toHaveLength(report.attempts);
  });

  /** Past the gateway, where the tenant's data is. */
  function direct(tenant: string): Fetch {
    return workspaces ? stack.direct(tenant) : stack.direct();
  }

  async function attempt(tenant: string): Promise<AttemptReport> {
    const file = join(dir, 'day.json');
    writeFileSync(file, JSON.stringify(through));
    const env = await stack.clientEnv(tenant, 'admin');
    return runClient<AttemptReport>('other_tenant.py', [file], { env, dir });
  }
});
