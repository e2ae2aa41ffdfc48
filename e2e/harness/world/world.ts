import { randomBytes } from 'node:crypto';
import type { Loopback } from '../../../dev/loopback.ts';
import { KINDS } from '../../../src/catalog/generated/catalog.ts';
import { writeTeamCookie } from '../../../src/tenancy/choice/team-cookie.ts';
import { type Served, serves } from '../requests/served-operations.ts';
import { type Stack, startStack } from '../stack.ts';
import type { StrategyUnderTest } from '../strategies/strategy-under-test.ts';
import { type Caller, makeCaller } from '../wire-caller.ts';
import { Family, type Owner } from './family.ts';
import { MAKERS } from './makers/index.ts';
import { startOutboundServices } from './outbound-services.ts';

/** The claim value for platform-admin in the suite. */
const PLATFORM_ADMIN = 'conformance-platform-admin';

export const HERE = 'team-a';
export const THERE = 'team-b';
export const ROLES = ['viewer', 'contributor', 'admin', 'platform-admin'] as const;
export type RoleName = (typeof ROLES)[number];

/** How a caller of both tenants chooses one: as a client, or as a browser. */
export interface Choice {
  readonly tenant: string;
  readonly by: 'header' | 'cookie';
}

/** Two tenants of one real MLflow behind the gateway. The other tenant has a resource of every kind. */
export interface World {
  readonly strategy: StrategyUnderTest;
  readonly stack: Stack;
  readonly outside: Loopback;
  /** Resources of the tenant that attacks. */
  readonly here: Family;
  /** Resources of the other tenant, which must be neither shown nor changed. */
  readonly there: Family;
  /** Callers of the gateway in the attacking tenant, by role. */
  readonly as: Readonly<Record<RoleName, Caller>>;
  /** A caller of both tenants, admin in each or platform-admin. Without a choice the gateway does not know which one is meant. */
  ofBoth(role: 'admin' | 'platform-admin', choice?: Choice): Caller;
  /** To the gateway, without a token. */
  readonly anonymous: Caller;
  /** Straight at MLflow, in a tenant. */
  direct(tenant: string): Caller;
  /** The part of the catalog that this MLflow serves. */
  readonly serves: Served;
  stop(): Promise<void>;
}

/** Starts everything and makes the other tenant's resources. About 20 s. */
export async function makeWorld(strategy: StrategyUnderTest): Promise<World> {
  const outside = await startOutboundServices();
  const stack = await startStack({
    auth: 'oidc',
    ...strategy.stack,
    tenants: [HERE, THERE],
    severalTenants: true,
    env: {
      GW_RBAC_PLATFORM_ADMIN_ALIASES: PLATFORM_ADMIN,
      // Otherwise the gateway refuses multipart uploads whatever their path.
      GW_PRESIGNED_MAX_SECONDS: '3600',
      ...strategy.stack.env,
    },
    mlflow: {
      env: {
        // Lets this process serve the calls of the AI gateway and of webhooks.
        MLFLOW_GATEWAY_API_BASE_ALLOWED_SCHEMES: 'http,https',
        MLFLOW_GATEWAY_API_BASE_ALLOW_PRIVATE_IPS: 'true',
        MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http,https',
        MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true',
        // Otherwise each worker generates its own (a Fernet key).
        MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: `${randomBytes(32).toString('base64url')}=`,
        // Otherwise listing models downloads a catalogue from the internet.
        MLFLOW_MODEL_CATALOG_URI: '',
      },
      ...strategy.stack.mlflow,
    },
  });
  const bearer = async (tenant: string, role: RoleName): Promise<Record<string, string>> => {
    const roles = [role === 'platform-admin' ? PLATFORM_ADMIN : role];
    const token = await stack.idp.token({ sub: `${tenant}-${role}`, tenant_id: tenant, roles });
    return { authorization: `Bearer ${token}` };
  };
  const bothHeaders = {} as Record<'admin' | 'platform-admin', Record<string, string>>;
  for (const role of ['admin', 'platform-admin'] as const) {
    const roles = role === 'admin' ? ['admin'] : ['admin', PLATFORM_ADMIN];
    const token = await stack.idp.token({ sub: `both-${role}`, tenant_id: [HERE, THERE], roles });
    bothHeaders[role] = { authorization: `Bearer ${token}` };
  }
  const choosing = (role: string, { tenant, by }: Choice): Record<string, string> => {
    if (by === 'header') return { 'x-mlflow-workspace': tenant };
    const caller = { subject: `both-${role}`, issuer: stack.idp.issuer };
    return { cookie: writeTeamCookie(caller, tenant, { prefix: '', secure: false }).split(';', 1)[0]! };
  };
  const direct = (tenant: string): Caller => makeCaller(stack.mlflow.address, strategy.directHeaders(tenant));
  const ownerOf = async (tenant: string, marker: string): Promise<Owner> => {
    const callers = {
      admin: makeCaller(stack.gateway.address, await bearer(tenant, 'admin')),
      'platform-admin': makeCaller(stack.gateway.address, await bearer(tenant, 'platform-admin')),
      direct: direct(tenant),
    };
    return {
      tenant,
      marker,
      callFor: (operation) => callers[strategy.maker(operation)],
      across: callers['platform-admin'],
      artifactRoot: strategy.artifactRoot(tenant),
      outside: outside.address,
      seed: (kind, experiment) => strategy.seed(stack, tenant, kind, experiment),
    };
  };
  const random = (): string => randomBytes(5).toString('hex');
  const here = new Family(await ownerOf(HERE, `a-own-${random()}`), MAKERS);
  const there = new Family(await ownerOf(THERE, `b-secret-${random()}`), MAKERS);
  for (const kind of Object.keys(MAKERS)) if (kind !== 'spare-workspace') await there.id(kind);
  const as = {} as Record<RoleName, Caller>;
  for (const role of ROLES) as[role] = makeCaller(stack.gateway.address, await bearer(HERE, role));
  return {
    strategy,
    stack,
    outside,
    here,
    there,
    as,
    ofBoth: (role, choice) =>
      makeCaller(stack.gateway.address, {
        ...bothHeaders[role],
        ...(choice === undefined ? {} : choosing(role, choice)),
      }),
    anonymous: makeCaller(stack.gateway.address, {}),
    direct,
    serves,
    stop: async () => {
      await stack.stop();
      await outside.stop();
    },
  };
}

/** Kinds of the catalog without a maker in makers/. */
export function kindsWithoutMaker(): readonly string[] {
  return KINDS.map(({ kind }) => kind).filter((kind) => MAKERS[kind] === undefined);
}
