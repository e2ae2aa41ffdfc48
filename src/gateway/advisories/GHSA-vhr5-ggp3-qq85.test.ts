/**
 * GHSA-vhr5-ggp3-qq85 (Oathkeeper), CVE-2026-3635 (Fastify): `X-Forwarded-*` was trusted from any caller. MLflow's
 * assistant is "localhost only" by a peer address that uvicorn reads from `X-Forwarded-For`. The gateway writes these
 * headers itself and drops the caller's, in every spelling, unless a configured proxy sent them.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess({ GW_TRUSTED_PROXIES: '10.0.0.0/8' });
});
afterAll(() => gateway.stop());

it('sends its own X-Forwarded-* instead of the caller’s', async () => {
  await gateway.send('GET /api/2.0/mlflow/experiments/search', [
    'X-Forwarded-For: 9.9.9.9',
    'X_Forwarded_For: 8.8.8.8',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: evil.example',
    'X-Forwarded-User: root',
    'X-Real-IP: 7.7.7.7',
    'Forwarded: for=6.6.6.6',
  ]);
  const { headers } = gateway.upstream.forwarded!;
  expect(headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'gateway',
  });
  expect(JSON.stringify(headers)).not.toMatch(/9\.9\.9\.9|8\.8\.8\.8|7\.7\.7\.7|6\.6\.6\.6|evil|root/);
});
