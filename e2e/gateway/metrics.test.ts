/** The metrics after real requests of two tenants: the numbers are right, and say nothing of who they are. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fetcher } from '../../dev/http.ts';
import { freePort } from '../../dev/ports.ts';
import { readSamples, type Sample, sampleValue } from '../../src/metrics/testing.ts';
import { type Stack, startStack, unique } from '../harness/stack.ts';

describe.each(['workspaces', 'tags'] as const)('under %s', (strategy) => {
  const [one, other] = [unique('metric-one'), unique('metric-two')];
  let stack: Stack;
  let scrape: () => Promise<{ text: string; samples: readonly Sample[] }>;

  beforeAll(async () => {
    const port = await freePort();
    stack = await startStack({
      auth: 'oidc',
      workspaces: strategy === 'workspaces',
      tenants: strategy === 'workspaces' ? [one, other] : [],
      env: { GW_METRICS_PORT: String(port), GW_METRICS_HOST: '127.0.0.1', GW_TENANCY: strategy },
    });
    scrape = async () => {
      const text = await (await fetcher(`http://127.0.0.1:${port}`)('/metrics')).text();
      return { text, samples: readSamples(text) };
    };
  });
  afterAll(() => stack?.stop());

  test('requests, refusals, look-ups, tokens and audit lines are counted; nothing of the tenants is told', async () => {
    // One token each: what is asked for twice is made twice, and may differ by the second it is of.
    const [mine, theirs] = [stack.as(one), stack.as(other)];
    const name = unique('secret-experiment');
    const made = await mine('/api/2.0/mlflow/experiments/create', { json: { name } });
    expect(made.status).toBe(200);
    const { experiment_id } = (await made.json()) as { experiment_id: string };
    const run = await mine('/api/2.0/mlflow/runs/create', { json: { experiment_id } });
    expect(run.status).toBe(200);
    const { run_id } = ((await run.json()) as { run: { info: { run_id: string } } }).run.info;
    const get = `/api/2.0/mlflow/runs/get?run_id=${run_id}`;
    for (let i = 0; i < 3; i++) expect((await mine(get)).status).toBe(200);
    expect((await theirs(get)).status).toBe(404);
    expect((await stack.as(one, 'viewer')('/api/2.0/mlflow/runs/delete', { json: { run_id } })).status).toBe(
      403,
    );
    expect((await stack.anonymous(get)).status).toBe(401);
    expect((await theirs(`/nothing/${name}`)).status).toBe(404);

    const { text, samples } = await scrape();
    const requests = (operation: string, decision: string, status: string) =>
      sampleValue(samples, 'mlflow_gateway_requests_total', { operation, decision, status });
    expect(requests('createExperiment', 'allow', '2xx')).toBe(1);
    expect(requests('createRun', 'allow', '2xx')).toBe(1);
    expect(requests('getRun', 'allow', '2xx')).toBe(3);
    // Under workspaces it is MLflow that does not have the other's run; under tags the gateway looks it up and refuses.
    expect(requests('getRun', 'allow', '4xx')).toBe(strategy === 'workspaces' ? 1 : undefined);
    expect(requests('getRun', 'deny', '4xx')).toBe(strategy === 'workspaces' ? 1 : 2);
    expect(requests('deleteRun', 'deny', '4xx')).toBe(1);
    expect(requests('none', 'deny', '4xx')).toBe(1);
    const reason = (reason: string) => sampleValue(samples, 'mlflow_gateway_decisions_total', { reason });
    expect(reason('token_missing')).toBe(1);
    expect(reason('role_insufficient')).toBe(1);
    expect(reason('unknown_operation')).toBe(1);
    expect(reason('resource_not_found')).toBe(strategy === 'workspaces' ? 0 : 1);
    expect(reason('internal_error')).toBe(0);

    const counted = samples
      .filter((sample) => sample.name === 'mlflow_gateway_decisions_total')
      .reduce((sum, { value }) => sum + value, 0);
    expect(counted).toBe(9);
    await vi.waitFor(() => expect(stack.audit()).toHaveLength(9));
    expect(sampleValue(samples, 'mlflow_gateway_audit_lines_total')).toBe(9);
    expect(sampleValue(samples, 'mlflow_gateway_audit_lines_lost_total')).toBe(0);
    expect(
      sampleValue(samples, 'mlflow_gateway_lookup_duration_seconds_count', { result: 'answered' }),
    ).toBeGreaterThan(0);
    // Three tokens: those of the two contributors and of the viewer.
    expect(sampleValue(samples, 'mlflow_gateway_token_misses_total')).toBe(3);
    expect(sampleValue(samples, 'mlflow_gateway_tokens_remembered')).toBe(3);
    expect(sampleValue(samples, 'mlflow_gateway_signing_key_fetches_total', { result: 'ok' })).toBe(1);
    expect(sampleValue(samples, 'mlflow_gateway_ready')).toBe(1);

    for (const secret of [one, other, name, run_id, stack.idp.issuer, 'contributor', '127.0.0.1'])
      expect(text).not.toContain(secret);
  });
});
