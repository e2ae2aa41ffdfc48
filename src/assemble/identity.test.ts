import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { assemble } from '../assemble.ts';
import { collectAudit } from '../audit/collect-audit.ts';
import type { AuditEntry } from '../audit/entry.ts';
import { loadConfig } from '../config/load.ts';
import { makeServer } from '../http/server.ts';
import type { IssuerConfig } from '../identity/issuer/issuer-config.ts';
import { shortConfig } from '../identity/testing/identifier.ts';
import {
  createSigner,
  json,
  type Provider,
  type Signer,
  sign,
  startProvider,
} from '../identity/testing/provider.ts';
import { Metrics } from '../metrics/metrics.ts';
import { DryRunUpstream } from '../mlflow/dry-run-upstream.ts';
import { createLogger } from '../telemetry/log.ts';

/** A gateway whose second issuer fails, in front of an MLflow that only takes notes. */
async function start(issuers: readonly IssuerConfig[]) {
  const env = {
    GW_TARGET_BASE_URL: 'http://127.0.0.1:9',
    GW_OIDC_ISSUER: 'https://idp.example',
    GW_OIDC_AUDIENCE: 'mlflow',
  };
  const loaded = loadConfig(env, { serverFeatures: [] });
  if ('errors' in loaded || loaded.config.auth.mode === 'off') throw new Error('not reached');
  const { config } = loaded;
  const audited: AuditEntry[] = [];
  const metrics = new Metrics();
  const gateway = assemble(
    { ...config, auth: { ...loaded.config.auth, issuers } },
    { ca: undefined, policy: undefined, denyList: undefined },
    createLogger({ level: 'silent' }),
    {
      upstream: new DryRunUpstream({ workspacesEnabled: true, tagKey: config.tenancy.tagKey }),
      audit: collectAudit(audited),
      metrics,
    },
  );
  const server = makeServer(gateway.gateway);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await gateway.start();
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await gateway.close();
  });
  const { port } = server.address() as AddressInfo;
  const get = async (path: string, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    const text = await answer.text();
    return { status: answer.status, body: JSON.parse(text || '{}') as Record<string, unknown> };
  };
  return { get, audited, metrics };
}

const issuerOf = (provider: Provider): IssuerConfig =>
  shortConfig({
    issuer: provider.issuer,
    audience: ['mlflow'],
    tenantClaim: 'tenant_id',
    roleClaims: ['roles'],
  });
const tokenOf = (provider: Provider, signer: Signer): Promise<string> =>
  sign(signer, {
    iss: provider.issuer,
    aud: 'mlflow',
    sub: 'alice',
    exp: Math.floor(Date.now() / 1000) + 300,
    tenant_id: 'team-a',
    roles: ['viewer'],
  });
const EXPERIMENT = '/api/2.0/mlflow/experiments/get?experiment_id=1';

test('one broken issuer of two leaves the gateway ready, is named in /readyz and counted, and gets 503', async () => {
  const signers = [await createSigner('k1'), await createSigner('k1')] as const;
  const [people, machines] = [await startProvider([signers[0].jwk]), await startProvider([signers[1].jwk])];
  onTestFinished(async () => {
    await people.stop();
    await machines.stop();
  });
  machines.routes.set('/jwks', (_req, res) => void res.writeHead(500).end());
  const { get, audited, metrics } = await start([issuerOf(people), issuerOf(machines)]);
  await expect
    .poll(() => get('/readyz'))
    .toEqual({
      status: 200,
      body: {
        status: 'ok',
        details: [`${machines.issuer}: no signing keys of the issuer: ${machines.jwksUri}: answered 500`],
      },
    });
  expect((await metrics.render()).text).toContain('mlflow_gateway_issuers_failing 1');
  expect((await get(EXPERIMENT, await tokenOf(people, signers[0]))).status).toBe(200);
  expect(await get(EXPERIMENT, await tokenOf(machines, signers[1]))).toMatchObject({
    status: 503,
    body: { reason: 'keys_unavailable' },
  });
  machines.routes.set(
    '/jwks',
    json(() => ({ keys: machines.keys })),
  );
  // The gateway tries again after a second.
  await expect
    .poll(async () => (await get(EXPERIMENT, await tokenOf(machines, signers[1]))).status)
    .toBe(200);
  expect(await get('/readyz')).toEqual({ status: 200, body: { status: 'ok' } });
  const callers = audited
    .filter(({ decision }) => decision === 'allow')
    .map(({ issuer, subject }) => [issuer, subject]);
  expect(callers).toEqual([
    [people.issuer, 'alice'],
    [machines.issuer, 'alice'],
  ]);
});
