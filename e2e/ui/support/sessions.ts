import type { Browser } from '@playwright/test';
import type { Role, Stack } from '../../harness/stack.ts';
import { ON_EVERY_PAGE, UNDER_TAGS } from './expected-errors.ts';
import { Session } from './session.ts';
import type { Tenant } from './tenants.ts';

export type Strategy = 'workspaces' | 'tags';

export interface SessionsOptions {
  readonly browser: Browser;
  readonly stack: Stack;
  readonly strategy: Strategy;
  readonly tenants: readonly [Tenant, Tenant];
}

/**
 * Sessions of users, one at a time. Consecutive tests of one user share a session, since loading MLflow's UI without a cache
 * costs more processor time than most tests do; the traces and screenshots of a failed test then show that session alone.
 */
export class Sessions {
  readonly #options: SessionsOptions;
  #current: { readonly key: string; readonly session: Session } | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** The session of a member of a tenant. */
  async of(tenant: Tenant, role: Role): Promise<Session> {
    const { stack } = this.#options;
    const key = `${tenant.id} ${role}`;
    if (this.#current?.key === key) return this.#current.session;
    return this.#start(key, tenant, await stack.headersFor(tenant.id, role), stack.gateway.address);
  }

  /** The session of a platform admin, who begins in the workspace of a tenant. */
  async ofPlatformAdmin(tenant: Tenant): Promise<Session> {
    const { stack } = this.#options;
    const token = await stack.idp.token({ sub: 'pat', tenant_id: tenant.id, roles: ['platform'] });
    return this.#start('platform', tenant, { authorization: `Bearer ${token}` }, stack.gateway.address);
  }

  /** The session of a person who is viewer of the first tenant and admin of the second one, by groups. Links lead to the first. */
  async ofMemberOfBoth(): Promise<Session> {
    const { stack, tenants } = this.#options;
    const groups = [`mlflow-${tenants[0].id}-viewer`, `mlflow-${tenants[1].id}-admin`];
    const token = await stack.idp.token({ sub: 'max', groups });
    return this.#start('both', tenants[0], { authorization: `Bearer ${token}` }, stack.gateway.address);
  }

  /** A session at another gateway, without credentials. */
  signedOut(tenant: Tenant, gateway: string): Promise<Session> {
    return this.#start(gateway, tenant, {}, gateway);
  }

  /** Ends the session that is open. */
  async end(): Promise<void> {
    const { session } = this.#current ?? {};
    this.#current = undefined;
    await session?.end();
  }

  async #start(
    key: string,
    tenant: Tenant,
    headers: Readonly<Record<string, string>>,
    gateway: string,
  ): Promise<Session> {
    await this.end();
    const { browser, strategy, tenants } = this.#options;
    const session = await Session.start(browser, {
      tenant,
      other: tenants.find((one) => one !== tenant)!,
      gateway,
      headers,
      workspace: strategy === 'workspaces' ? tenant.id : undefined,
      expected: strategy === 'tags' ? [...ON_EVERY_PAGE, ...UNDER_TAGS] : ON_EVERY_PAGE,
    });
    this.#current = { key, session };
    return session;
  }
}
