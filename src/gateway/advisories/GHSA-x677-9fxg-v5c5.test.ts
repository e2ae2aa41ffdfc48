/**
 * GHSA-x677-9fxg-v5c5 (Traefik): the proxy removed `X-Auth-User` of the caller before it wrote its own, but not `X_Auth_User`
 * or `X.Auth.User`, which servers behind fold into the same name. The gateway passes no identity header on, in any
 * spelling, and refuses another spelling of one that it reads itself.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

it.each([
  'X-Auth-User: attacker',
  'X_Auth_User: attacker',
  'X.Auth.User: attacker',
  'Remote-User: attacker',
  'X-Remote-User: attacker',
  'X-Forwarded-User: attacker',
  'X_Forwarded_Email: attacker',
  'X-Subject: attacker',
  'Authorization: Bearer attacker',
  'Proxy-Authorization: Basic attacker',
  'Cookie: session=attacker',
])('%s does not reach MLflow', async (header) => {
  expect((await gateway.send('GET /api/2.0/mlflow/experiments/search', [header])).status).toBe(200);
  const { headers } = gateway.upstream.forwarded!;
  expect(Object.keys(headers).sort()).toEqual([
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-mlflow-workspace',
    'x-request-id',
  ]);
  expect(JSON.stringify(headers)).not.toContain('attacker');
});

it.each(['X_Tenant', 'X.Tenant', 'x_subject', 'X_MLFLOW_WORKSPACE', 'X-MLFLOW_WORKSPACE'])(
  'refuses %s',
  async (name) => {
    expect(await gateway.send('GET /api/2.0/mlflow/experiments/search', [`${name}: team-b`])).toMatchObject({
      status: 400,
      body: { reason: 'malformed_header' },
    });
  },
);
