import { randomBytes } from 'node:crypto';
import { KINDS } from '../../../src/catalog/generated/catalog.ts';
import { type Served, serves } from '../requests/served-operations.ts';
import { type Stack, startStack } from '../stack.ts';
import type { StrategyUnderTest } from '../strategies/workspaces.ts';
import { type Caller, makeCaller } from '../wire-caller.ts';
import { Family, type Owner } from './family.ts';
import { MAKERS } from './makers/index.ts';
import { type Outside, startOutside } from './outbound-services.ts';

/** The claim value that means platform-admin in the suite. */
const PLATFORM_ADMIN = 'conformance-platform-admin';

export const HERE = 'team-a';
export const THERE = 'team-b';
export const ROLES = ['viewer', 'contributor', 'admin', 'platform-admin'] as const;
export type RoleName = (typeof ROLES)[number];

/** Two tenants of one real MLflow behind the gateway, the other one with a resource of every kind. */
export interface World {
  readonly strategy: StrategyUnderTest;
  readonly stack: Stack;
  readonly outside: Outside;
  /** Who tries. */
  readonly here: Family;
  /** Whose data must neither be seen nor changed. */
  readonly there: Family;
  /** To the gateway, in the tenant that tries. */
  readonly as: Readonly<Record<RoleName, Caller>>;
  /** To the gateway, without a token. */
  readonly anonymous: Caller;
  /** Straight at MLflow, in a tenant. */
  direct(tenant: string): Caller;
  /** What this MLflow serves of the catalog. */
  readonly serves: Served;
  stop(): Promise<void>;
}

/** Starts everything and makes the other tenant's resources. About 20 s. */
export async function makeWorld(strategy: StrategyUnderTest): Promise<World> {
  const outside = await startOutside();
  const stack = await startStack({
    auth: 'oidc',
    ...strategy.stack,
    tenants: [HERE, THERE],
    env: { GW_RBAC_PLATFORM_ADMIN_ALIASES: PLATFORM_ADMIN, ...strategy.stack.env },
    mlflow: {
      env: {
        // So that calls of the AI gateway and of webhooks can be answered by this process.
        MLFLOW_GATEWAY_API_BASE_ALLOWED_SCHEMES: 'http,https',
        MLFLOW_GATEWAY_API_BASE_ALLOW_PRIVATE_IPS: 'true',
        MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http,https',
        MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true',
        // Else each worker makes one of its own (a Fernet key).
        MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: `${randomBytes(32).toString('base64url')}=`,
        // Else listing models downloads a catalogue from the internet.
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
  const direct = (tenant: string): Caller => makeCaller(stack.mlflow.address, strategy.directHeaders(tenant));
  const ownerOf = async (tenant: string, marker: string): Promise<Owner> => {
    const callers = {
      admin: makeCaller(stack.gateway.address, await bearer(tenant, 'admin')),
      'platform-admin': makeCaller(stack.gateway.address, await bearer(tenant, 'platform-admin')),
      nobody: direct(tenant),
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
  const here = new Family(await ownerOf(HERE, `a-own-${random()}`));
  const there = new Family(await ownerOf(THERE, `b-secret-${random()}`));
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
    anonymous: makeCaller(stack.gateway.address, {}),
    direct,
    serves,
    stop: async () => {
      await stack.stop();
      await outside.stop();
    },
  };
}

/** Kinds of the catalog that nobody has taught makers/ to make. */
export function unmakeableKinds(): readonly string[] {
  return KINDS.map(({ kind }) => kind).filter((kind) => MAKERS[kind] === undefined);
}
