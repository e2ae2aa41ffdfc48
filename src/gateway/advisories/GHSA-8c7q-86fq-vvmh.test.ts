/**
 * GHSA-8c7q-86fq-vvmh (MLflow's auth app): the endpoints of multipart uploads had no check, on either mount. They need the
 * permission of an upload, and the gateway reads their paths as strictly.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess({ GW_DEV_ROLE: 'viewer' });
});
afterAll(() => gateway.stop());

it.each([
  ['POST /api/2.0/mlflow-artifacts/mpu/create/1/x', 'contributor', '{}'],
  ['POST /api/2.0/mlflow-artifacts/mpu/complete/1/x', 'contributor', '{}'],
  ['POST /api/2.0/mlflow-artifacts/mpu/abort/1/x', 'contributor', '{}'],
  ['POST /ajax-api/2.0/mlflow-artifacts/mpu/create/1/x', 'contributor', '{}'],
  ['POST /ajax-api/2.0/mlflow-artifacts/mpu/complete/1/x', 'contributor', '{}'],
  ['POST /ajax-api/2.0/mlflow-artifacts/mpu/abort/1/x', 'contributor', '{}'],
])('%s needs %s', async (line, required, body) => {
  expect(await gateway.send(line, [], body)).toMatchObject({
    status: 403,
    body: { reason: 'role_insufficient', message: `Insufficient role: required ${required}, got viewer` },
  });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it('refuses a path with a ".." segment', async () => {
  for (const path of ['1/%2e%2e/2/x', '1/..%2f2/x', '%252e%252e/x', '1//x'])
    expect(await gateway.send(`POST /api/2.0/mlflow-artifacts/mpu/create/${path}`, [], '{}')).toMatchObject({
      status: 400,
      body: { reason: 'malformed_path' },
    });
});
