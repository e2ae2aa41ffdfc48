import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { assemble } from '../../../assemble.ts';
import { collectAudit } from '../../../audit/collect-audit.ts';
import type { AuditEntry } from '../../../audit/entry.ts';
import { parseIdentityFile } from '../../../config/identity-file/identity-file.ts';
import { loadConfig, withIdentity } from '../../../config/load.ts';
import { makeServer } from '../../../http/server.ts';
import { DryRunUpstream } from '../../../mlflow/dry-run-upstream.ts';
import { createRoles } from '../../../rbac/roles.ts';
import { createLogger } from '../../../telemetry/log.ts';
import { json, startProvider } from '../../testing/provider.ts';

/** The documents of a provider: the discovery document of an issuer, and its keys, at their public addresses. */
export interface Served {
  readonly issuer: string;
  /** Default: the issuer. */
  readonly named?: string;
  readonly jwksUri: string;
  readonly keys: readonly object[];
}

/** The outcome of a call, from the gateway's response and its audit line. */
export interface Outcome {
  readonly status: number;
  readonly reason?: string;
  readonly tenant?: string | null;
  readonly subject?: string | null;
}

const PAGES = join(import.meta.dirname, '../../../../docs/providers');

/** The identity files of a page of docs/providers, in order: its YAML blocks that begin with `issuers:`. */
export function identityFilesOf(page: string): readonly string[] {
  const text = readFileSync(join(PAGES, `${page}.md`), 'utf8');
  return [...text.matchAll(/^```yaml\n(issuers:\n[\s\S]*?)^```$/gm)].map(([, yaml]) => yaml ?? '');
}

/**
 * Assembles a gateway with an identity file of a page, in front of an MLflow that only takes notes. The provider is a loopback
 * server: fetches of `https://HOST/PATH` arrive there as `/HOST/PATH`.
 *
 * @param block the position of the file in the page
 */
export async function startDocumented(
  page: string,
  block: number,
  served: readonly Served[],
): Promise<
  (token: string, options?: { readonly tenant?: string; readonly write?: boolean }) => Promise<Outcome>
> {
  const file = identityFilesOf(page)[block];
  if (file === undefined) throw new Error(`docs/providers/${page}.md has no identity file ${block}`);
  const identity = parseIdentityFile(file, {
    path: '/identity.yaml',
    roles: createRoles(),
    readTable: () => {
      throw new Error('there is no such file');
    },
  });
  expect(new Set(served.map(({ issuer }) => issuer))).toEqual(
    new Set(identity.issuers.map(({ issuer }) => issuer)),
  );
  const provider = await startProvider([]);
  for (const { issuer, named, jwksUri, keys } of served) {
    const discovery = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    provider.routes.set(
      pathOf(discovery),
      json(() => ({ issuer: named ?? issuer, jwks_uri: jwksUri })),
    );
    provider.routes.set(
      pathOf(jwksUri),
      json(() => ({ keys })),
    );
  }
  const real = globalThis.fetch;
  vi.stubGlobal('fetch', (url: string, init: RequestInit) =>
    real(url.startsWith('https:') ? provider.issuer + pathOf(url) : url, init),
  );
  const loaded = loadConfig(
    { GW_TARGET_BASE_URL: 'http://127.0.0.1:9', GW_IDENTITY_FILE: '/identity.yaml' },
    { serverFeatures: [] },
  );
  if ('errors' in loaded) throw new Error(JSON.stringify(loaded.errors));
  const config = withIdentity(loaded.config, identity);
  const audited: AuditEntry[] = [];
  const { gateway, start, close } = assemble(
    config,
    {
      ca: undefined,
      policy: undefined,
      denyList: undefined,
      identity: { ...identity, text: file, tables: new Map() },
    },
    createLogger({ level: 'silent' }),
    {
      upstream: new DryRunUpstream({ workspacesEnabled: true, tagKey: config.tenancy.tagKey }),
      audit: collectAudit(audited),
    },
  );
  const server = makeServer(gateway);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await start();
  onTestFinished(async () => {
    vi.unstubAllGlobals();
    server.closeAllConnections();
    server.close();
    await close();
    await provider.stop();
  });
  const keyPaths = served.filter(({ issuer, named }) => named === undefined || named === issuer);
  await expect
    .poll(() => provider.requests)
    .toEqual(expect.arrayContaining(keyPaths.map(({ jwksUri }) => pathOf(jwksUri))));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/2.0/mlflow/experiments`;
  return async (token, { tenant, write = false } = {}) => {
    const answer = await real(write ? `${address}/create` : `${address}/get?experiment_id=1`, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(tenant === undefined ? {} : { 'x-mlflow-workspace': tenant }),
        ...(write ? { 'content-type': 'application/json' } : {}),
      },
      ...(write ? { method: 'POST', body: '{"name":"x"}' } : {}),
    });
    const text = await answer.text();
    if (answer.status !== 200)
      return { status: answer.status, reason: (JSON.parse(text) as { reason: string }).reason };
    const entry = audited.at(-1);
    return { status: 200, tenant: entry?.tenant ?? null, subject: entry?.subject ?? null };
  };
}

/** `https://HOST/PATH` as `/HOST/PATH`. */
function pathOf(url: string): string {
  return url.replace(/^https:\//, '');
}

/** The times of a token that was made a moment ago. */
export function times(seconds = 3_600): { readonly iat: number; readonly exp: number } {
  const now = Math.floor(Date.now() / 1000);
  return { iat: now - 5, exp: now + seconds };
}
