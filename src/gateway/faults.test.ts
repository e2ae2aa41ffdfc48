import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { CatalogIndex } from '../catalog/match.ts';
import { ForwardedHeaders } from '../http/forwarded.ts';
import { OriginCheck } from '../http/origin.ts';
import { RequestReader } from '../request/reader.ts';
import { WorkspacesStrategy } from '../tenancy/workspaces/workspaces-strategy.ts';
import { type InProcessGateway, startInProcess } from '../testing/in-process.ts';

/** A part of the line fails in a way that no code expects: the request is answered, and the next one is served. */

let gateway: InProcessGateway;
const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);

beforeEach(async () => {
  gateway = await startInProcess({ GW_METRICS_PORT: '0' });
  rejections.length = 0;
  process.on('unhandledRejection', onRejection);
});
afterEach(async () => {
  process.off('unhandledRejection', onRejection);
  vi.restoreAllMocks();
  await gateway.stop();
});

const fault = (): never => {
  throw new TypeError('injected');
};

const SEARCH = 'POST /api/2.0/mlflow/runs/search';
const search = () => gateway.send(SEARCH, [], '{"experiment_ids":["1"]}');

async function unexpected(): Promise<number> {
  const { text } = await gateway.metrics!.render();
  return Number(/mlflow_gateway_unexpected_errors_total\{kind="request"\} (\d+)/.exec(text)?.[1]);
}

test.each<[string, () => void]>([
  ['forwarded headers', () => vi.spyOn(ForwardedHeaders.prototype, 'read').mockImplementation(fault)],
  ['origins', () => vi.spyOn(OriginCheck.prototype, 'check').mockImplementation(fault)],
  ['the catalog', () => vi.spyOn(CatalogIndex.prototype, 'find').mockImplementation(fault)],
  ['the head', () => vi.spyOn(RequestReader.prototype, 'readHead').mockImplementation(fault)],
  ['the body', () => vi.spyOn(RequestReader.prototype, 'readBody').mockRejectedValue(new Error('injected'))],
  ['the strategy', () => vi.spyOn(WorkspacesStrategy.prototype, 'judge').mockImplementation(fault)],
  ['a lookup', () => vi.spyOn(gateway.upstream, 'ask').mockRejectedValue(new Error('injected'))],
  ['MLflow', () => vi.spyOn(gateway.upstream, 'forward').mockRejectedValue(new Error('injected'))],
])('an unexpected error in %s is answered with 500, audited and counted', async (_, inject) => {
  inject();
  expect(await search()).toMatchObject({ status: 500, body: { reason: 'internal_error' } });
  expect(gateway.audited).toMatchObject([{ decision: 'error', reason: 'internal_error', status_code: 500 }]);
  expect(await unexpected()).toBe(1);
  vi.restoreAllMocks();
  expect(await search()).toMatchObject({ status: 200 });
  expect(rejections).toEqual([]);
});

test('an error of the audit log does not change the response', async () => {
  const push = vi.spyOn(gateway.audited, 'push').mockImplementation(fault);
  expect(await search()).toMatchObject({ status: 200 });
  expect(await gateway.send('GET /nothing')).toMatchObject({ status: 404 });
  expect(push).toHaveBeenCalledTimes(2);
  expect(await unexpected()).toBe(2);
  expect(rejections).toEqual([]);
});

test.each(['begin', 'note', 'end'] as const)(
  'an error of the metrics (%s) changes neither the response nor the audit line',
  async (method) => {
    vi.spyOn(gateway.metrics!.requests, method).mockImplementation(fault);
    expect(await search()).toMatchObject({ status: 200 });
    expect(gateway.audited).toMatchObject([{ decision: 'allow', status_code: 200 }]);
    expect(await unexpected()).toBe(1);
    expect(rejections).toEqual([]);
  },
);

test('a denial that cannot be written becomes 500', async () => {
  vi.spyOn(OriginCheck.prototype, 'check').mockReturnValue({ 'access-control-allow-origin': 'a\nb' });
  const denied = await gateway.send('GET /nothing');
  expect(denied.status).toBe(500);
  expect(gateway.audited).toMatchObject([{ decision: 'deny', reason: 'unknown_operation' }]);
  expect(rejections).toEqual([]);
});

test('requests still end when every part fails at once', async () => {
  vi.spyOn(gateway.audited, 'push').mockImplementation(fault);
  for (const method of ['begin', 'note', 'end'] as const)
    vi.spyOn(gateway.metrics!.requests, method).mockImplementation(fault);
  vi.spyOn(gateway.metrics!, 'unexpected').mockImplementation(fault);
  vi.spyOn(CatalogIndex.prototype, 'find').mockImplementation(fault);
  onTestFinished(() => expect(rejections).toEqual([]));
  expect(await search()).toMatchObject({ status: 500 });
  expect(await search()).toMatchObject({ status: 500 });
});
