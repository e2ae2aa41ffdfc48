/**
 * mlflow#25895: every caller who reached the server could list, change and delete the secrets of MLflow's AI gateway. Only
 * an admin may manage them, and the audit log never holds the value of a secret.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess({ GW_DEV_ROLE: 'viewer' });
});
afterAll(() => gateway.stop());

it.each([
  [
    'POST /api/3.0/mlflow/gateway/secrets/create',
    'admin',
    '{"secret_name":"n","secret_value":{"api_key":"s"}}',
  ],
  ['POST /api/3.0/mlflow/gateway/secrets/update', 'admin', '{"secret_id":"1"}'],
  ['DELETE /api/3.0/mlflow/gateway/secrets/delete', 'admin', '{"secret_id":"1"}'],
  [
    'POST /ajax-api/3.0/mlflow/gateway/secrets/create',
    'admin',
    '{"secret_name":"n","secret_value":{"api_key":"s"}}',
  ],
  ['POST /ajax-api/3.0/mlflow/gateway/secrets/update', 'admin', '{"secret_id":"1"}'],
  ['DELETE /ajax-api/3.0/mlflow/gateway/secrets/delete', 'admin', '{"secret_id":"1"}'],
])('%s needs %s', async (line, required, body) => {
  expect(await gateway.send(line, [], body)).toMatchObject({
    status: 403,
    body: { reason: 'role_insufficient', message: `Insufficient role: required ${required}, got viewer` },
  });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it('a contributor cannot manage secrets', async () => {
  const contributor = await startInProcess({ GW_DEV_ROLE: 'contributor' });
  try {
    const body = '{"secret_name":"n","secret_value":{"api_key":"hush"}}';
    expect(await contributor.send('POST /api/3.0/mlflow/gateway/secrets/create', [], body)).toMatchObject({
      status: 403,
      body: { reason: 'role_insufficient' },
    });
  } finally {
    await contributor.stop();
  }
});

it('does not write the value of a secret to the audit log', async () => {
  const admin = await startInProcess();
  try {
    const body = '{"secret_name":"n","secret_value":{"api_key":"hush"}}';
    expect((await admin.send('POST /api/3.0/mlflow/gateway/secrets/create', [], body)).status).toBe(200);
    expect(JSON.stringify(admin.audited.at(-1))).not.toContain('hush');
  } finally {
    await admin.stop();
  }
});
