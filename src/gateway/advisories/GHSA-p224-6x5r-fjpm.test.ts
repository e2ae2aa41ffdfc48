/**
 * GHSA-p224-6x5r-fjpm (Oathkeeper) and GHSA-2q7r-29rg-6m5h (fastify reply-from, `%2E%2E`): rules were matched on the raw
 * path, but the normalised path was sent. The gateway writes the sent path from the matched template.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

it.each([
  ['GET /api/2.0/mlflow/runs/get/../../experiments/search', 400, 'malformed_path'],
  ['GET /static-files/%2E%2E/%2E%2E/api/2.0/mlflow/experiments/search', 400, 'malformed_path'],
  ['GET /model-versions/%2e%2e/get-artifact', 400, 'malformed_path'],
])('refuses %s', async (line, status, reason) => {
  const answer = await gateway.send(line);
  expect(answer).toMatchObject({ status, body: { reason } });
  expect(gateway.upstream.forwarded).toBeUndefined();
});
