/**
 * mlflow-oidc-auth #52: with MLflow under a static prefix the plugin compared whole paths with its list of open ones by their
 * beginning, and requests missed the check. Paths are whole here, and a prefix, in front or behind, is another path.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

it.each([
  ['GET /mlflow/api/2.0/mlflow/experiments/search', 404, 'unknown_operation'],
  ['GET /health/api/2.0/mlflow/experiments/search', 404, 'unknown_operation'],
  ['GET /healthz/api/2.0/mlflow/experiments/search', 404, 'unknown_operation'],
  ['GET /health/', 404, 'unknown_operation'],
  ['GET /healthzz', 404, 'unknown_operation'],
  ['GET /version/../api/2.0/mlflow/experiments/search', 400, 'malformed_path'],
])('refuses %s', async (line, status, reason) => {
  expect(await gateway.send(line)).toMatchObject({ status, body: { reason } });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it('needs identity for everything that is not open by its whole path', async () => {
  for (const path of [
    '/',
    '/version',
    '/static-files/health',
    '/static-files/x',
    '/health.js',
    '/ajax-api/2.0/health',
  ]) {
    const text = await gateway.raw(`GET ${path} HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n`);
    expect(`${path} ${text.slice(9, 12)}`).toMatch(/ 40[04]$/);
  }
  expect(gateway.upstream.forwarded).toBeUndefined();
});
