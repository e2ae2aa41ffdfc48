import type { Config } from '../config/config.ts';
import type { ConfigFiles } from '../config/files.ts';
import { type RereadFiles, rereadFiles } from '../files/reread-files.ts';
import type { DenyList } from '../identity/deny-list/deny-list.ts';
import {
  IntrospectionEndpoint,
  type IntrospectionResult,
} from '../identity/introspection/introspection-endpoint.ts';
import type { IssuerConfig } from '../identity/issuer/issuer-config.ts';
import { createIssuers, type IssuerParts, Issuers } from '../identity/issuers.ts';
import { findApiServer } from '../identity/kubernetes/api-server.ts';
import { createClusterKeys } from '../identity/kubernetes/cluster-keys.ts';
import { createOffIdentifier } from '../identity/off.ts';
import type { Identifier } from '../identity/principal.ts';
import type { Roles } from '../rbac/roles.ts';
import type { Logger } from '../telemetry/log.ts';
import { makeDenyListFile, makeIdentityFile, makePolicyFile, makeRoles } from './identity-files.ts';

/** The parts that identity needs besides the configuration. */
export interface IdentityParts extends Pick<IssuerParts, 'clusterKeys' | 'onClaims'> {
  readonly log: Logger;
  /** Called at the end of every fetch of keys with whether there are usable keys. */
  readonly onKeyFetch?: ((ok: boolean) => void) | undefined;
  /** Called at the end of every introspection of an opaque token. */
  readonly onIntrospection?: ((result: IntrospectionResult) => void) | undefined;
}

/** Authentication and roles. From `start` on, both follow changes of the configuration's files. */
export interface Identity extends RereadFiles {
  /** Stays the same object when its issuers change. */
  readonly identifier: Identifier;
  /** The roles as of now. */
  readonly roles: () => Roles;
  /** The deny list as of now; `undefined` without one. */
  readonly denyList: () => DenyList | undefined;
}

/**
 * Makes roles, issuers and deny list. A changed file is used as a whole or not at all: new roles and the issuers that read grants with
 * them take their places together, and a roles file without a role that the issuers need is refused.
 *
 * @throws Error for files and options that `loadAll` would have refused
 */
export function makeIdentity(config: Config, files: ConfigFiles, parts: IdentityParts): Identity {
  const { log } = parts;
  const policy = makePolicyFile(config, files, log, (next) => {
    replace(next, issuers());
    // It may name a role that is new.
    identity?.retry();
  });
  const fixed = policy === undefined ? makeRoles(config) : undefined;
  const roles = (): Roles => policy?.value ?? fixed!;
  const identity = makeIdentityFile(config, files, log, roles, (next) => {
    replace(roles(), next.issuers);
    for (const warning of next.warnings) log.warn(`GW_IDENTITY_FILE: ${warning}`);
    // The roles file may leave out a role that nothing names any more.
    policy?.retry();
  });
  const issuers = (): readonly IssuerConfig[] => identity?.value.issuers ?? issuersOf(config);
  const denyList = makeDenyListFile(config, files, log, (list) => warnOfForeign(list, issuers(), log));
  let current = makeIdentifier(config, issuers(), roles(), parts);
  const replace = (nextRoles: Roles, nextIssuers: readonly IssuerConfig[]): void => {
    current = makeIdentifier(config, nextIssuers, nextRoles, parts, current);
  };
  if (denyList !== undefined) warnOfForeign(denyList.value, issuers(), log);
  const reread = rereadFiles([policy, identity, denyList]);
  return {
    ...reread,
    identifier: {
      identify: (headers) => current.identify(headers),
      ready: () => current.ready(),
      tokens: () => current.tokens(),
      close: () => current.close(),
    },
    roles,
    denyList: () => denyList?.value,
    close: () => {
      reread.close();
      current.close();
    },
  };
}

function issuersOf({ auth }: Config): readonly IssuerConfig[] {
  return auth.mode === 'off' ? [] : auth.issuers;
}

/** An entry for a misspelt issuer has no effect. It is not an error, because the identity file may change first or last. */
function warnOfForeign(list: DenyList, issuers: readonly IssuerConfig[], log: Logger): void {
  const names = issuers.map(({ issuer }) => issuer);
  // A cluster names itself later.
  if (names.includes(undefined)) return;
  const foreign = list.issuers().filter((issuer) => !names.includes(issuer));
  if (foreign.length > 0)
    log.warn(
      { issuers: foreign.slice(0, 10) },
      'GW_DENY_LIST_FILE has entries for issuers that are not configured',
    );
}

/** Identifies callers as the configuration says: by tokens of its issuers, or, in mode `off`, by headers. */
function makeIdentifier(
  { auth }: Config,
  issuers: readonly IssuerConfig[],
  roles: Roles,
  { log, clusterKeys, onClaims, onKeyFetch, onIntrospection }: IdentityParts,
  previous?: Identifier,
): Identifier {
  if (auth.mode === 'off') return createOffIdentifier({ role: auth.devRole, roles });
  const server = issuers.some(({ keys }) => keys.from === 'cluster') ? findApiServer(process.env) : undefined;
  const ofCluster: IssuerParts['clusterKeys'] =
    server &&
    (({ issuer, algorithms }) => createClusterKeys({ issuer, algorithms, server, log, onFetch: onKeyFetch }));
  return createIssuers(
    issuers,
    {
      log,
      clusterKeys: clusterKeys ?? ofCluster,
      onClaims,
      roles,
      tokenCacheSize: auth.tokenCacheSize,
      keys: { onFetch: onKeyFetch },
      introspection: (config) =>
        new IntrospectionEndpoint({ config: config.introspection!, log, onResult: onIntrospection }),
    },
    previous instanceof Issuers ? previous : undefined,
  );
}

/** A sentence for each issuer of several whose tokens cannot be verified, while those of others can. */
export function failingIssuers(identifier: Identifier): readonly string[] {
  const state = identifier.ready();
  return state.ok ? (state.failing ?? []) : [];
}
