import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LET_THROUGH } from '../audit/entry.ts';
import { OPERATIONS, PERMISSIONS } from '../catalog/generated/catalog.ts';
import { DenialError, REASONS } from '../denial.ts';
import { type InProcessGateway, startInProcess } from '../testing/in-process.ts';
import type { Upstream } from '../upstream/types.ts';
import { CAUSES, Metrics } from './metrics.ts';
import { readSamples, type Sample, sampleValue } from './testing.ts';

const TENANT = 'team-a-of-nobody-else';
const RUN = '0f5c6d1b9a7e4c1f8d2b3a4958671c20';
const GET_RUN = `GET ${OPERATIONS.find(({ id }) => id === 'getRun')!.paths[0]}?run_id=${RUN}`;

describe('requests of a gateway', () => {
  let gateway: InProcessGateway;
  beforeEach(async () => {
    gateway = await startInProcess({ GW_METRICS_PORT: '9464', GW_DEV_ROLE: 'viewer' });
  });
  afterEach(() => gateway.stop());

  const read = async (): Promise<readonly Sample[]> => readSamples((await gateway.metrics!.render()).text);

  test('are counted by operation, decision and status, and by reason, once each', async () => {
    const deleted = OPERATIONS.find(({ id }) => id === 'deleteRun')!;
    await gateway.send(GET_RUN);
    await gateway.send(GET_RUN);
    await gateway.send(`POST ${deleted.paths[0]}`, [], JSON.stringify({ run_id: RUN }));
    await gateway.send('GET /nothing/of/mlflow');
    await gateway.raw('nonsense\r\n\r\n');
    const samples = await read();
    const count = (labels: Record<string, string>) =>
      sampleValue(samples, 'mlflow_gateway_requests_total', labels);
    expect(count({ operation: 'getRun', decision: 'allow', status: '2xx' })).toBe(2);
    expect(count({ operation: 'deleteRun', decision: 'deny', status: '4xx' })).toBe(1);
    expect(count({ operation: 'none', decision: 'deny', status: '4xx' })).toBe(2);
    const reason = (name: string) => sampleValue(samples, 'mlflow_gateway_decisions_total', { reason: name });
    expect(reason('forwarded')).toBe(2);
    expect(reason('role_insufficient')).toBe(1);
    expect(reason('unknown_operation')).toBe(1);
    expect(reason('malformed_request')).toBe(1);
    expect(reason('upstream_timeout')).toBe(0);
    expect(gateway.audited).toHaveLength(5);
    const total = (name: string) =>
      samples.filter((sample) => sample.name === name).reduce((sum, { value }) => sum + value, 0);
    expect(total('mlflow_gateway_requests_total')).toBe(5);
    expect(total('mlflow_gateway_decisions_total')).toBe(5);
    expect(total('mlflow_gateway_decision_duration_seconds_count')).toBe(5);
    expect(sampleValue(samples, 'mlflow_gateway_request_duration_seconds_count', { resource: 'runs' })).toBe(
      2,
    );
    expect(sampleValue(samples, 'mlflow_gateway_requests_in_flight')).toBe(0);
    expect(sampleValue(samples, 'mlflow_gateway_audit_lines_total')).toBe(5);
  });

  test('add no tenant, subject, path or id to the metrics', async () => {
    await gateway.send(`${GET_RUN}&x=${TENANT}`);
    await gateway.send(`GET /${TENANT}/${RUN}`);
    await gateway.send(GET_RUN, [`X-Request-ID: ${TENANT}`, `X-Subject: ${TENANT}`]);
    const { text } = await gateway.metrics!.render();
    expect(gateway.audited).toHaveLength(3);
    for (const secret of [TENANT, RUN, 'team-a', '/mlflow/']) expect(text).not.toContain(secret);
  });

  test('do not include probes', async () => {
    await gateway.send('GET /healthz');
    await gateway.send('GET /readyz');
    expect(sampleValue(await read(), 'mlflow_gateway_requests_total')).toBeUndefined();
  });

  test('report the readiness of /readyz', async () => {
    const samples = await read();
    const { status } = await gateway.send('GET /readyz');
    expect(sampleValue(samples, 'mlflow_gateway_ready')).toBe(status === 200 ? 1 : 0);
    expect(
      samples.filter(({ name }) => name === 'mlflow_gateway_unready').map(({ labels }) => labels.cause),
    ).toEqual([...CAUSES]);
  });
});

test('no metrics exist without GW_METRICS_PORT', async () => {
  const gateway = await startInProcess();
  expect(gateway.metrics).toBeUndefined();
  expect((await gateway.send(GET_RUN)).status).toBe(200);
  await gateway.stop();
});

test('the number of series is bounded', async () => {
  const { requests, ...metrics } = withRender(new Metrics());
  const times = { decisionMs: 1, totalMs: 1 };
  for (const operation of [...OPERATIONS, undefined]) {
    for (const status of [200, 304, 404, 499, 503])
      requests.note({ operation, decision: 'allow', reason: 'forwarded', status, ...times });
    requests.note({ operation, decision: 'deny', reason: 'role_missing', status: 403, ...times });
    requests.note({ operation, decision: 'error', reason: 'internal_error', status: 500, ...times });
  }
  const own = readSamples(await metrics.render()).filter(({ name }) => name.startsWith('mlflow_gateway_'));
  const count = (name: string) => own.filter((sample) => sample.name === name).length;
  expect(count('mlflow_gateway_requests_total')).toBe((OPERATIONS.length + 1) * 6);
  expect(count('mlflow_gateway_decisions_total')).toBe(Object.keys(REASONS).length + LET_THROUGH.length);
  const resources = new Set(PERMISSIONS.map((permission) => permission.split(':')[0]));
  // One more for requests without an operation.
  expect(count('mlflow_gateway_request_duration_seconds_count')).toBe(resources.size + 1);
  expect(own.length).toBeLessThan(2_500);
});

test('lookups and fetches of keys are counted by result', async () => {
  const metrics = new Metrics();
  const upstream = metrics.countLookups({
    name: 'unix:/x',
    ask: async ({ path }: { path: string }) => {
      if (path === '/down') throw new DenialError('upstream_unreachable', 'x');
      return { status: path === '/missing' ? 404 : 500, headers: {}, body: Buffer.alloc(0) };
    },
  } as unknown as Upstream);
  const ask = (path: string) => upstream.ask({ method: 'GET', path, headers: {}, body: undefined });
  expect((await ask('/missing')).status).toBe(404);
  expect((await ask('/broken')).status).toBe(500);
  await expect(ask('/down')).rejects.toThrow(DenialError);
  metrics.keysFetched(false);
  metrics.keysFetched(false);
  metrics.keysFetched(true);
  const samples = readSamples((await metrics.render()).text);
  const lookups = (result: string) =>
    sampleValue(samples, 'mlflow_gateway_lookup_duration_seconds_count', { result });
  expect([lookups('answered'), lookups('failed')]).toEqual([1, 2]);
  const fetches = (result: string) =>
    sampleValue(samples, 'mlflow_gateway_signing_key_fetches_total', { result });
  expect([fetches('ok'), fetches('failed')]).toEqual([1, 2]);
  const at = sampleValue(samples, 'mlflow_gateway_signing_keys_fetched_timestamp_seconds')!;
  expect(Math.abs(at - Date.now() / 1000)).toBeLessThan(60);
});

test('each cause that makes the gateway unready has its own series', async () => {
  const metrics = new Metrics();
  metrics.connect({
    unready: async () => [{ cause: 'bypass' }],
    tokens: () => ({ size: 3, hits: 2, misses: 1 }),
    issuersFailing: () => 1,
    audit: () => ({ written: 7, lost: 4, waitingBytes: 9 }),
    unknownOperations: () => [{ method: 'GET', template: '/api/looms/{}', count: 6 }],
  });
  const samples = readSamples((await metrics.render()).text);
  expect(sampleValue(samples, 'mlflow_gateway_ready')).toBe(0);
  expect(sampleValue(samples, 'mlflow_gateway_unready', { cause: 'bypass' })).toBe(1);
  expect(sampleValue(samples, 'mlflow_gateway_unready', { cause: 'audit' })).toBe(0);
  expect(sampleValue(samples, 'mlflow_gateway_tokens_remembered')).toBe(3);
  expect(sampleValue(samples, 'mlflow_gateway_token_hits_total')).toBe(2);
  expect(sampleValue(samples, 'mlflow_gateway_token_misses_total')).toBe(1);
  expect(sampleValue(samples, 'mlflow_gateway_audit_lines_total')).toBe(7);
  expect(sampleValue(samples, 'mlflow_gateway_audit_lines_lost_total')).toBe(4);
  expect(sampleValue(samples, 'mlflow_gateway_audit_waiting_bytes')).toBe(9);
  expect(sampleValue(samples, 'mlflow_gateway_issuers_failing')).toBe(1);
  const unknown = (template: string) =>
    sampleValue(samples, 'mlflow_gateway_unknown_operations_total', { template });
  expect([unknown('/api/looms/{}'), unknown('other')]).toEqual([6, 0]);
  // A second scrape reads the same values: they are not added up.
  const again = readSamples((await metrics.render()).text);
  expect(sampleValue(again, 'mlflow_gateway_audit_lines_total')).toBe(7);
});

function withRender(metrics: Metrics) {
  return { requests: metrics.requests, render: async () => (await metrics.render()).text };
}
