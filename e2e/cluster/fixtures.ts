import { test as base } from '@playwright/test';
import { type OutsideBrowser, PUBLIC_URL, startOutsideBrowser } from './support/browser.ts';
import { openVolume } from './support/caller.ts';
import { ISSUER, issuerOf, KEYCLOAK_HOST, KEYCLOAK_PORT, trustKeycloak } from './support/keycloak.ts';
import { apply, rolledOut } from './support/kubectl.ts';
import { deployment, INJECT, mlflow } from './support/mlflow.ts';
import { makeNamespace, removeNamespace } from './support/namespace.ts';
import { FULLNAME, install, split } from './support/release.ts';
import { heading } from './support/report.ts';
import { settings } from './support/settings.ts';
import { sharedAuthority } from './support/shared-setup.ts';

/** The chart with oauth2-proxy in front of the gateway, which accepts tokens of three issuers. */
export interface Release {
  readonly namespace: string;
  /** The address of oauth2-proxy, as pods see it. */
  readonly insideUrl: string;
  /** The address of the gateway itself, as pods see it. */
  readonly gatewayUrl: string;
}

interface WorkerFixtures {
  readonly release: Release;
  /** A browser outside the cluster. */
  readonly outside: OutsideBrowser;
}

const NAMESPACE = 'e2e-browser';
const SERVICE = `${FULLNAME}-sso`;
const START_TIMEOUT_MS = 600_000;

/** A namespace with the service account `trainer`, which works for the tenant `robots`. */
export const ROBOTS = 'e2e-ml-robots';

/** Three issuers: the company's realm, a partner's, and the cluster. */
const IDENTITY = {
  issuers: [
    {
      issuer: ISSUER,
      audience: ['mlflow', 'mlflow-ui'],
      grants: [
        { tenantClaim: 'tenant_id', roleClaims: ['realm_access.roles'] },
        { groups: 'groups', pattern: '/teams/{tenant}/{role}' },
      ],
    },
    {
      // A table: a pattern would let the partner's administrators choose the tenant.
      issuer: issuerOf('partner'),
      audience: ['mlflow'],
      grants: [
        { groups: 'groups', table: { '/mlflow/contributors': { tenant: 'partner', role: 'contributor' } } },
      ],
    },
    {
      issuer: 'kubernetes',
      audience: ['mlflow'],
      grants: [{ namespace: { pattern: 'e2e-ml-{tenant}', role: 'contributor' } }],
    },
  ],
};

/**
 * Playwright's `test` with the chart, MLflow injected by webhook, and oauth2-proxy, on the cluster that main.ts started.
 *
 * @example
 * test('a user signs in', async ({ outside, release }) => { ... });
 */
export const test = base.extend<object, WorkerFixtures>({
  release: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
    async ({}, use) => {
      heading('Browsers');
      await makeNamespace(NAMESPACE);
      await makeNamespace(ROBOTS);
      try {
        await installRelease();
        await use({
          namespace: NAMESPACE,
          insideUrl: `http://${SERVICE}.${NAMESPACE}.svc`,
          gatewayUrl: `http://${FULLNAME}.${NAMESPACE}.svc`,
        });
      } finally {
        for (const namespace of [NAMESPACE, ROBOTS]) await removeNamespace(namespace);
      }
    },
    { scope: 'worker', timeout: START_TIMEOUT_MS },
  ],
  outside: [
    async ({ release }, use) => {
      const outside = await startOutsideBrowser(release.namespace, SERVICE);
      await use(outside);
      await outside.stop();
    },
    { scope: 'worker', timeout: START_TIMEOUT_MS },
  ],
});

async function installRelease(): Promise<void> {
  await trustKeycloak(NAMESPACE, sharedAuthority());
  const [repository, tag] = split(settings().oauth2ProxyImage);
  const stringData = {
    'client-secret': 'demo-ui-secret',
    'cookie-secret': '0123456789abcdef0123456789abcdef',
  };
  await apply(NAMESPACE, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'mlflow-sso' }, stringData });
  await apply(ROBOTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'trainer' } });
  await install(NAMESPACE, {
    mode: 'sidecar',
    injection: { method: 'webhook' },
    clusterKeys: { enabled: true },
    gateway: { identity: IDENTITY },
    sso: {
      enabled: true,
      publicUrl: PUBLIC_URL,
      issuer: ISSUER,
      clientId: 'mlflow-ui',
      existingSecret: 'mlflow-sso',
      image: { repository, tag },
      extraArgs: [`--whitelist-domain=${KEYCLOAK_HOST}:${KEYCLOAK_PORT}`],
    },
  });
  await apply(NAMESPACE, ...mlflow({ replicas: 0 }), deployment({ labels: INJECT }));
  await openVolume(NAMESPACE, 'mlflow');
  await rolledOut(NAMESPACE, 'mlflow');
}

export { expect } from '@playwright/test';
