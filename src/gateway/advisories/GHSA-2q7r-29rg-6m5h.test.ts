/**
 * GHSA-2q7r-29rg-6m5h (@fastify/reply-from): the prefix was checked on the path as received, and `%2E%2E` was decoded when the
 * address was built, so the request left the prefix. The gateway refuses dot segments in every spelling, including where an
 * artifact path may hold slashes, and refuses a path that is still encoded after one decoding.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

it.each([
  ['GET /api/2.0/mlflow/%2E%2E/%2E%2E/version', 400, 'malformed_path'],
  ['GET /api/2.0/mlflow/.%2e/x', 400, 'malformed_path'],
  ['GET /api/2.0/mlflow-artifacts/artifacts/%2E%2E/2/x', 400, 'malformed_path'],
  ['GET /api/2.0/mlflow-artifacts/artifacts/1/%2e/x', 400, 'malformed_path'],
  ['GET /api/2.0/mlflow-artifacts/artifacts/1/%252E%252E/2', 400, 'malformed_path'],
  ['GET /api/2.0/mlflow-artifacts/artifacts/1%2F..%2F2', 400, 'malformed_path'],
  ['GET /api/2.0/mlflow-artifacts/artifacts/1/%2E%2E%5C2', 400, 'malformed_path'],
  ['GET /api/3.0/mlflow/traces/%2E%2E', 400, 'malformed_path'],
])('refuses %s', async (line, status, reason) => {
  expect(await gateway.send(line)).toMatchObject({ status, body: { reason } });
  expect(gateway.upstream.forwarded).toBeUndefined();
});
