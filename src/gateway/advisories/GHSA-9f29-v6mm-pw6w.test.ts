/**
 * GHSA-9f29-v6mm-pw6w (opa-envoy-plugin): a target beginning with `//` was parsed as a URL with an authority, so the rule
 * saw a shorter path than the server. The gateway accepts only origin-form with single slashes, and uses no URL parser.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

it.each([
  ['GET //version/../api/2.0/mlflow/experiments/search', 400, 'malformed_path'],
  ['GET http://gateway/version', 400, 'malformed_path'],
  ['GET http://other/api/2.0/mlflow/experiments/search', 400, 'malformed_path'],
])('refuses %s', async (line, status, reason) => {
  const answer = await gateway.send(line);
  expect(answer).toMatchObject({ status, body: { reason } });
  expect(gateway.upstream.forwarded).toBeUndefined();
});
