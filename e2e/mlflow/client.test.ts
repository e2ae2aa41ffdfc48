import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fetch } from '../../dev/http.ts';
import { type ClientReport, type DayIds, runClient } from './python.ts';
import { type AuthMode, type Stack, startStack, unique } from './stack.ts';

/** Steps of day_of_work.py; a script that quietly did less would otherwise pass. */
const STEPS = [
  'create_experiment',
  'log_run',
  'update_run',
  'artifacts',
  'nested_runs',
  'dataset_input',
  'sklearn_autolog',
  'log_model',
  'register_model',
  'load_and_predict',
  'search',
  'traces',
  'prompts',
  'evaluation_dataset',
  'delete_and_restore',
];

/** What other_tenant.py adds to a report. */
interface AttemptReport extends ClientReport {
  readonly leaks: readonly string[];
  readonly attempts: number;
}

/** What one tenant owns, read past the gateway: it must be the same after the other tenant's attempts. */
async function snapshot(mlflow: Fetch, ids: DayIds): Promise<unknown> {
  const trace_id = ids.trace_ids[0];
  const read = async (path: string, json?: unknown): Promise<unknown> => {
    const answer = await mlflow(path, json === undefined ? {} : { json });
    const body = (await answer.json()) as unknown;
    expect(answer.status, `${path} ${JSON.stringify(body)}`).toBe(200);
    return body;
  };
  const { experiment_id, model_name, model_version } = ids;
  return {
    experiment: await read(`/api/2.0/mlflow/experiments/get?experiment_id=${experiment_id}`),
    runs: await read('/api/2.0/mlflow/runs/search', {
      experiment_ids: [experiment_id],
      run_view_type: 'ALL',
    }),
    model: await read(`/api/2.0/mlflow/registered-models/get?name=${model_name}`),
    version: await read(`/api/2.0/mlflow/model-versions/get?name=${model_name}&version=${model_version}`),
    logged: await read(`/api/2.0/mlflow/logged-models/${ids.logged_model_ids[0]}`),
    trace: await read(`/api/3.0/mlflow/traces/${trace_id}`),
    artifacts: await read(`/api/2.0/mlflow/artifacts/list?run_id=${ids.run_id}`),
  };
}

/** One way to run the gateway. */
interface Way {
  readonly auth: AuthMode;
  readonly strategy: 'workspaces' | 'tags';
}

const WAYS: readonly Way[] = [
  { auth: 'oidc', strategy: 'workspaces' },
  { auth: 'off', strategy: 'workspaces' },
  { auth: 'oidc', strategy: 'tags' },
];

describe.each(WAYS)("MLflow's own Python client, auth $auth, strategy $strategy", ({ auth, strategy }) => {
  const owner = unique('owner');
  const other = unique('other');
  let stack: Stack;
  let day: ClientReport & { ids: DayIds };

  beforeAll(async () => {
    stack = await startStack({ auth, tenants: [owner, other], workspaces: strategy === 'workspaces' });
    const env = await stack.clientEnv(owner, 'admin');
    day = await runClient('day_of_work.py', [unique('day')], { env, dir: stack.dir });
  });
  afterAll(() => stack?.stop());

  test('an ordinary day of work succeeds', () => {
    expect(day.failures).toEqual({});
    expect(Object.keys(day.results)).toEqual(STEPS);
    expect(day.calls).toBeGreaterThan(200);
  });

  test('every one of its requests has an audit line with the tenant', () => {
    const lines = stack.audit().filter((line) => line.tenant === owner);
    expect(lines).toHaveLength(day.calls);
    // With tags it is the gateway that says that something does not exist (yet).
    const refused = lines.filter((line) => line.decision !== 'allow');
    expect(refused.filter((line) => strategy !== 'tags' || line.reason !== 'resource_not_found')).toEqual([]);
  });

  test('it happened in the workspace of the tenant, or with its tag', async () => {
    const path = `/api/2.0/mlflow/experiments/get?experiment_id=${day.ids.experiment_id}`;
    const found = await direct(owner)(path);
    expect(found.status).toBe(200);
    const { experiment } = (await found.json()) as {
      experiment: { tags: { key: string; value: string }[] };
    };
    if (strategy === 'workspaces') expect((await direct(other)(path)).status).toBe(404);
    else expect(experiment.tags).toContainEqual({ key: 'tenant', value: owner });
  });

  test('another tenant, knowing every id, sees none of it and changes nothing', async () => {
    const before = await snapshot(direct(owner), day.ids);
    const report = await attempt(other);
    expect(report.leaks).toEqual([]);
    expect(report.failures).toEqual({});
    expect(report.attempts).toBeGreaterThanOrEqual(50);
    expect(await snapshot(direct(owner), day.ids)).toEqual(before);
  });

  // The control, and last because it deletes everything: an attempt that failed for the owner too would prove nothing.
  test('the owner succeeds in every one of the same attempts', async () => {
    const report = await attempt(owner);
    expect(report.results).toEqual({});
    expect(report.leaks).toHaveLength(report.attempts);
  });

  /** Past the gateway, where the tenant's data is. */
  function direct(tenant: string): Fetch {
    return strategy === 'workspaces' ? stack.direct(tenant) : stack.direct();
  }

  async function attempt(tenant: string): Promise<AttemptReport> {
    const file = join(stack.dir, 'day.json');
    writeFileSync(file, JSON.stringify(day));
    const env = await stack.clientEnv(tenant, 'admin');
    return runClient<AttemptReport>('other_tenant.py', [file], { env, dir: stack.dir });
  }
});
