import { PERMISSIONS } from '../catalog/generated/catalog.ts';
import type { Config } from '../config/config.ts';
import type { ConfigFiles } from '../config/files.ts';
import { createIssuers, type IssuerParts } from '../identity/issuers.ts';
import { findApiServer } from '../identity/kubernetes/api-server.ts';
import { createClusterKeys } from '../identity/kubernetes/cluster-keys.ts';
import { createOffIdentifier } from '../identity/off.ts';
import type { Identifier } from '../identity/principal.ts';
import { createRoles, type Roles } from '../rbac/roles.ts';
import type { Logger } from '../telemetry/log.ts';

/** What an identifier is made with, besides the configuration. */
export interface IdentityParts extends Pick<IssuerParts, 'clusterKeys' | 'introspection' | 'onClaims'> {
  readonly roles: Roles;
  readonly log: Logger;
  /** Called at the end of every fetch of keys with whether there are usable keys. */
  readonly onKeyFetch?: ((ok: boolean) => void) | undefined;
}

/** The roles of the configuration and of the roles file. */
export function makeRoles(config: Config, files: ConfigFiles): Roles {
  return createRoles({
    viewerAliases: config.rbac.viewerAliases,
    contributorAliases: config.rbac.contributorAliases,
    adminAliases: config.rbac.adminAliases,
    platformAdminAliases: config.rbac.platformAdminAliases,
    knownPermissions: PERMISSIONS,
    ...(files.policy === undefined ? {} : { policyFile: files.policy }),
  });
}

/** Identifies callers as the configuration says: by tokens of its issuers, or, in mode `off`, by headers. */
export function makeIdentifier({ auth }: Config, parts: IdentityParts): Identifier {
  const { onKeyFetch, roles, ...rest } = parts;
  const server = findApiServer(process.env);
  if (auth.mode === 'off') return createOffIdentifier({ role: auth.devRole, roles });
  return createIssuers(auth.issuers, {
    clusterKeys:
      server &&
      (({ issuer, algorithms }) =>
        createClusterKeys({ issuer, algorithms, server, log: rest.log, onFetch: onKeyFetch })),
    ...rest,
    roles,
    tokenCacheSize: auth.tokenCacheSize,
    keys: { onFetch: onKeyFetch },
  });
}

/** A sentence for each issuer of several whose tokens cannot be verified, while those of others can. */
export function failingIssuers(identifier: Identifier): readonly string[] {
  const state = identifier.ready();
  return state.ok ? (state.failing ?? []) : [];
}
