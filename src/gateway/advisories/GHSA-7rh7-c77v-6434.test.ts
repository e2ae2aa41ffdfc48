/**
 * GHSA-7rh7-c77v-6434 (oauth2-proxy): the skip-auth pattern was matched against path and query together, so `?/health`
 * opened any path. In the gateway only operations of the catalog can be public, and they are found by their whole path alone.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

it.each([
  ['GET /api/2.0/mlflow/experiments/search?/health', 400, 'unknown_field'],
  ['GET /api/2.0/mlflow/experiments/search?x=/healthz', 400, 'unknown_field'],
  ['GET /health/../api/2.0/mlflow/experiments/search', 400, 'malformed_path'],
  ['GET /healthz/api', 404, 'unknown_operation'],
])('refuses %s', async (line, status, reason) => {
  const answer = await gateway.send(line);
  expect(answer).toMatchObject({ status, body: { reason } });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it('sends /health on without its query', async () => {
  const answer = await gateway.send('GET /health?/api/2.0/mlflow/experiments/search');
  expect(answer.status).toBe(200);
  expect(gateway.upstream.forwarded).toMatchObject({ path: '/health' });
});
