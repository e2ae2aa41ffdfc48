/**
 * GHSA-46r5-x6jq-v8g6 (MLflow's auth app): operations below `/ajax-api` were not checked like those below `/api`. A forgotten
 * mount discloses most at the artifact proxy; the gateway judges it alike on both mounts, including its path.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess({ GW_DEV_ROLE: 'viewer' });
});
afterAll(() => gateway.stop());

const MOUNTS = ['/api/2.0/mlflow-artifacts/artifacts', '/ajax-api/2.0/mlflow-artifacts/artifacts'];

it.each(MOUNTS)('checks role and path at %s', async (mount) => {
  const type = ['Content-Type: application/octet-stream'];
  expect((await gateway.send(`PUT ${mount}/1/x`, type)).body.reason).toBe('role_insufficient');
  expect((await gateway.send(`DELETE ${mount}/1/x`)).body.reason).toBe('role_insufficient');
  expect((await gateway.send(`GET ${mount}/1/%2e%2e/x`)).body.reason).toBe('malformed_path');
  expect((await gateway.send(`GET ${mount}?path=../x`)).body.reason).toBe('invalid_field');
  expect(gateway.upstream.forwarded).toBeUndefined();
  expect((await gateway.send(`GET ${mount}/1/x`)).status).toBe(200);
  expect(gateway.upstream.forwarded!.headers['x-mlflow-workspace']).toBe('team-a');
  gateway.upstream.forwarded = undefined;
});
