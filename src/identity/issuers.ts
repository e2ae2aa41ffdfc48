import { isDeepStrictEqual } from 'node:util';
import { DenialError } from '../denial.ts';
import { parseBearer, usualToken } from './bearer.ts';
import type { Claims } from './grants/finding.ts';
import type { RoleWords } from './grants/problems.ts';
import { checkIssuer } from './issuer/check-issuer.ts';
import type { Introspection } from './issuer/introspected.ts';
import { type Authenticated, type Connections, Issuer } from './issuer/issuer.ts';
import type { IssuerConfig } from './issuer/issuer-config.ts';
import { haveSameKeys, type KeyParts, openKeys } from './issuer/issuer-keys.ts';
import { createPrincipalReader, type PrincipalReader } from './issuer/read-principal.ts';
import { foreign } from './issuer/refusal.ts';
import { isJwt, readUnverified } from './issuer/unverified-token.ts';
import { refuseLegacyToken } from './kubernetes/service-account-token.ts';
import type { Identifier, IdentityHeaders, Principal, Readiness } from './principal.ts';
import { TokenCache } from './token-cache.ts';

/** The parts of the gateway that issuers use. */
export interface IssuerParts extends KeyParts {
  readonly roles: RoleWords;
  /** The most cached tokens of all issuers; 0 turns the cache off. Default 10000. */
  readonly tokenCacheSize?: number | undefined;
  /** The longest time that a token is cached. Default 300. */
  readonly tokenCacheSeconds?: number | undefined;
  /** Opens the introspection of an issuer. Without it, introspection is a configuration error. */
  readonly introspection?: ((config: IssuerConfig) => Introspection) | undefined;
  /** Called with the claims of each verified token, before its grants are read. For `explain`. */
  readonly onClaims?: ((claims: Claims, config: IssuerConfig) => void) | undefined;
  /** For tests: milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

/**
 * Identifies callers by bearer tokens of one or several issuers: JWTs (RFC 9068, RFC 8725), and opaque tokens if one of the issuers has
 * introspection.
 *
 * A request must have exactly one `Authorization: Bearer` token of at most 16 KiB. The token's `iss` is read unverified and selects the
 * issuer, whose rules and keys alone then apply; a token that names no configured issuer causes no fetch and no lookup. Subjects, key
 * ids and roles of one issuer mean nothing to another. Tenant, subject and roles come from claims only.
 *
 * Any `X-Tenant` header, even a blank one, is refused: a caller that sends it expects to choose the tenant, and cannot.
 *
 * The start does not wait for providers: until an issuer's keys are loaded, its tokens get `keys_unavailable`. `ready` fails only if no
 * issuer can verify tokens, so that one broken issuer does not end the access of all others; it names each that cannot.
 *
 * @param previous the issuers to replace. An issuer of the same configuration is kept, with its keys, its cached tokens and its back-off;
 * one whose keys alone are the same keeps these. All others are closed; do not use `previous` afterwards. After an error it is unchanged.
 * @throws Error listing every option that cannot be used
 * @example
 * const issuers = createIssuers(config.auth.issuers, { roles: createRoles(), log });
 * const principal = await issuers.identify({ authorization, tenant: undefined, subject: undefined });
 */
export function createIssuers(
  configs: readonly IssuerConfig[],
  parts: IssuerParts,
  previous?: Issuers,
): Issuers {
  const problems = [...checkEach(configs, parts), ...checkTogether(configs, parts)];
  if (problems.length > 0)
    throw new Error(`OIDC cannot be set up:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
  return new Issuers(configs, parts, previous);
}

/** An {@link Identifier} over several issuers, see {@link createIssuers}. */
export class Issuers implements Identifier {
  readonly #all: readonly Issuer[];
  readonly #byName: ReadonlyMap<string, Issuer>;
  /** Those that the cluster has to name. */
  readonly #unnamed: readonly Issuer[];
  /** The one issuer with introspection. */
  readonly #opaque: Issuer | undefined;
  readonly #roles: IssuerParts['roles'];
  readonly #cache: TokenCache<Principal>;
  readonly #now: () => number;

  /** Use {@link createIssuers}, which checks the configuration. */
  constructor(configs: readonly IssuerConfig[], parts: IssuerParts, previous?: Issuers) {
    this.#now = parts.now ?? Date.now;
    this.#roles = parts.roles;
    this.#cache =
      previous === undefined
        ? new TokenCache({
            capacity: parts.tokenCacheSize ?? 10_000,
            maxAgeSeconds: parts.tokenCacheSeconds ?? 300,
          })
        : previous.#cache;
    const opened: Closable[] = [];
    try {
      this.#all = configs.map((config) => {
        const same = previous === undefined ? undefined : previous.#same(config, parts);
        return same ?? this.#open(config, parts, configs.length > 1, previous, opened);
      });
    } catch (error) {
      for (const connection of opened) connection.close();
      throw error;
    }
    this.#byName = new Map(
      this.#all.flatMap((issuer) =>
        issuer.config.issuer === undefined ? [] : [[issuer.config.issuer, issuer] as const],
      ),
    );
    this.#unnamed = this.#all.filter(({ config }) => config.issuer === undefined);
    this.#opaque = this.#all.find(({ connections }) => connections.introspection !== undefined);
    if (previous !== undefined) previous.#replacedBy(this);
  }

  /** Returns without a promise for a cached token: every request runs this. */
  identify(headers: IdentityHeaders): Promise<Principal> | Principal {
    if (headers.tenant !== undefined) {
      throw new DenialError(
        'tenant_header_forbidden',
        'X-Tenant must not be sent: the tenant comes from the token',
      );
    }
    const { authorization } = headers;
    const key = this.#cache.key(usualToken(authorization) ?? parseBearer(authorization));
    return this.#cache.get(key, this.#now()) ?? this.#authenticate(parseBearer(authorization), key);
  }

  ready(): Readiness {
    const failing = this.#all.flatMap((issuer) => {
      const state = issuer.ready();
      if (state.ok) return [];
      return this.#all.length === 1 ? [state.why] : [`${issuer.name ?? 'the cluster'}: ${state.why}`];
    });
    if (failing.length === 0) return { ok: true };
    return failing.length < this.#all.length ? { ok: true, failing } : { ok: false, why: failing.join('; ') };
  }

  tokens(): ReturnType<Identifier['tokens']> {
    const { size, hits, misses } = this.#cache;
    return { size, hits, misses };
  }

  close(): void {
    for (const { connections } of this.#all) close(connections);
  }

  async #authenticate(token: string, key: string): Promise<Principal> {
    const { by, proof } = this.#start(token);
    // Before the verification: its result must not be used after the keys have changed.
    const generation = by.generation();
    const { principal, expiresAt } = await proof();
    this.#cache.set(key, principal, { by, generation, expiresAt, now: this.#now() });
    return principal;
  }

  /** Selects the issuer of a token. The token is not verified yet, and cannot cause a fetch here. */
  #start(token: string): { readonly by: Issuer; readonly proof: () => Promise<Authenticated> } {
    const opaque = this.#opaque;
    const introspection = opaque?.connections.introspection;
    if (opaque !== undefined && introspection !== undefined && !isJwt(token))
      return { by: opaque, proof: () => opaque.introspect(token, introspection) };
    const unverified = readUnverified(token);
    const by = this.#named(unverified.claims.iss);
    return { by, proof: () => by.verify(unverified) };
  }

  #named(iss: unknown): Issuer {
    if (typeof iss === 'string') {
      const found = this.#byName.get(iss) ?? this.#unnamed.find(({ name }) => name === iss);
      if (found !== undefined) return found;
    }
    if (this.#all.some(({ issuesServiceAccounts }) => issuesServiceAccounts)) refuseLegacyToken(iss);
    // The token may be of the cluster, which has not named itself yet: 401 would make a client give up.
    if (this.#unnamed.some(({ name }) => name === undefined)) {
      throw new DenialError(
        'keys_unavailable',
        'The keys of the identity provider are not available, try again',
        {
          'Retry-After': '5',
        },
      );
    }
    throw foreign();
  }

  #same(config: IssuerConfig, { roles }: IssuerParts): Issuer | undefined {
    if (roles !== this.#roles) return undefined;
    return this.#all.find((issuer) => isDeepStrictEqual(issuer.config, config));
  }

  /** @param opened gets the connections that are not of `previous` */
  #open(
    config: IssuerConfig,
    parts: IssuerParts,
    several: boolean,
    previous: Issuers | undefined,
    opened: Closable[],
  ): Issuer {
    const earlier = previous === undefined ? [] : previous.#all;
    const fresh = <T extends Closable>(connection: T): T => {
      opened.push(connection);
      return connection;
    };
    const prefix = several ? `${config.issuer ?? 'the cluster'}: ` : '';
    const keys =
      earlier.find((issuer) => haveSameKeys(issuer.config, config))?.connections.keys ??
      fresh(openKeys(config, parts, prefix));
    const read = readerOf(config, parts);
    if (config.introspection === undefined || parts.introspection === undefined)
      return new Issuer(config, { keys, introspection: undefined }, read, this.#now);
    const introspection =
      earlier.find(
        (issuer) =>
          issuer.config.issuer === config.issuer &&
          isDeepStrictEqual(issuer.config.introspection, config.introspection),
      )?.connections.introspection ?? fresh(parts.introspection(config));
    return new Issuer(config, { keys, introspection }, read, this.#now);
  }

  #replacedBy(next: Issuers): void {
    const kept = new Set(next.#all);
    const used = new Set(
      next.#all.flatMap(({ connections }) => [connections.keys, connections.introspection]),
    );
    for (const issuer of this.#all) {
      if (kept.has(issuer)) continue;
      issuer.retire();
      for (const connection of [issuer.connections.keys, issuer.connections.introspection])
        if (!used.has(connection)) connection?.close();
    }
  }
}

function readerOf(config: IssuerConfig, { roles, onClaims }: IssuerParts): PrincipalReader {
  const read = createPrincipalReader(config, roles);
  if (onClaims === undefined) return read;
  return (claims, issuer) => {
    onClaims(claims, config);
    return read(claims, issuer);
  };
}

interface Closable {
  close(): void;
}

function close({ keys, introspection }: Connections): void {
  keys.close();
  introspection?.close();
}

/** The problem of `keys: cluster` where Kubernetes gives no address of an API server. */
const NO_CLUSTER =
  'keys: this process does not run in a Kubernetes cluster (KUBERNETES_SERVICE_HOST names no address). Give the issuer by its URL, or its keys';

function checkEach(configs: readonly IssuerConfig[], parts: IssuerParts): string[] {
  return configs.flatMap((config, i) => {
    const where = configs.length === 1 ? '' : `issuers[${i}] (${config.issuer ?? 'the cluster'}): `;
    const problems = checkIssuer(config, parts.roles);
    if (config.keys.from === 'cluster' && parts.clusterKeys === undefined) problems.push(NO_CLUSTER);
    if (config.introspection !== undefined && parts.introspection === undefined)
      problems.push('introspection: is not available');
    return problems.map((problem) => where + problem);
  });
}

function checkTogether(configs: readonly IssuerConfig[], parts: IssuerParts): string[] {
  const problems: string[] = [];
  const need = (ok: boolean, problem: string): void => {
    if (!ok) problems.push(problem);
  };
  need(configs.length > 0, 'issuers: at least one');
  const names = configs.map(({ issuer }) => issuer);
  for (const name of new Set(names.filter((one, i) => names.indexOf(one) !== i)))
    problems.push(`issuers: ${name ?? 'the cluster'} is there more than once`);
  need(
    configs.filter(({ introspection }) => introspection !== undefined).length <= 1,
    'introspection: only one issuer may have it, as an opaque token names no issuer',
  );
  const within = (value: number | undefined, most: number): boolean =>
    value === undefined || (Number.isFinite(value) && value >= 0 && value <= most);
  need(within(parts.tokenCacheSize, 1_000_000), 'tokenCacheSize: 0 to 1000000');
  need(within(parts.tokenCacheSeconds, 3600), 'tokenCacheSeconds: 0 to 3600');
  return problems;
}
