import { test as base } from '@playwright/test';
import { type Role, type Stack, startStack } from '../harness/stack.ts';
import type { Session } from './support/session.ts';
import { Sessions, type Strategy } from './support/sessions.ts';
import { createTenants, NAMES, type Tenant, tenantId } from './support/tenants.ts';

/** Set by the projects of playwright.config.ts. */
export interface WorkerOptions {
  readonly strategy: Strategy;
}

interface WorkerFixtures {
  /** A gateway with the project's strategy in front of a real MLflow, shared by all tests of a worker. */
  readonly stack: Stack;
  /** Two tenants with data for every page. */
  readonly tenants: readonly [Tenant, Tenant];
  readonly sessions: Sessions;
}

interface TestFixtures {
  /** An option, set by `test.use`: the user of `member`. */
  readonly user: { readonly tenant: 0 | 1; readonly role: Role };
  /** The session of `user`. */
  readonly member: Session;
  /** A viewer of the first tenant. */
  readonly viewer: Session;
  /** An admin of the first tenant. */
  readonly admin: Session;
  /** A platform admin, in the workspace of the first tenant. */
  readonly platformAdmin: Session;
}

const START_TIMEOUT_MS = 600_000;

/**
 * Playwright's `test` with MLflow, the gateway, two tenants and their users.
 *
 * @example
 * test('a viewer sees the list of models', async ({ viewer }) => {
 *   await viewer.open('/models');
 *   await viewer.see('quokka-model');
 *   await viewer.check();
 * });
 */
export const test = base.extend<TestFixtures, WorkerFixtures & WorkerOptions>({
  strategy: ['tags', { scope: 'worker', option: true }],
  stack: [
    async ({ strategy }, use) => {
      const stack = await startStack({
        auth: 'oidc',
        tenants: NAMES.map(tenantId),
        severalTenants: true,
        ...(strategy === 'tags'
          ? { workspaces: false }
          : { workspaces: true, mlflow: {}, env: { GW_RBAC_PLATFORM_ADMIN_ALIASES: 'platform' } }),
      });
      await use(stack);
      await stack.stop();
    },
    { scope: 'worker', timeout: START_TIMEOUT_MS },
  ],
  tenants: [
    async ({ stack }, use) => use(await createTenants(stack)),
    { scope: 'worker', timeout: START_TIMEOUT_MS },
  ],
  sessions: [
    async ({ browser, stack, strategy, tenants }, use) => {
      const sessions = new Sessions({ browser, stack, strategy, tenants });
      await use(sessions);
      await sessions.end();
    },
    { scope: 'worker' },
  ],
  user: [{ tenant: 0, role: 'viewer' }, { option: true }],
  member: async ({ sessions, tenants, user }, use) => use(await sessions.of(tenants[user.tenant], user.role)),
  viewer: async ({ sessions, tenants }, use) => use(await sessions.of(tenants[0], 'viewer')),
  admin: async ({ sessions, tenants }, use) => use(await sessions.of(tenants[0], 'admin')),
  platformAdmin: async ({ sessions, tenants }, use) => use(await sessions.ofPlatformAdmin(tenants[0])),
});

export { expect } from '@playwright/test';
