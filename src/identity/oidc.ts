import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { DenialError } from '../denial.ts';
import type { Roles } from '../rbac/roles.ts';
import { parseBearer, unauthorized } from './bearer.ts';
import {
  type ClaimReader,
  collectRoles,
  compileClaim,
  isSubject,
  parseTenantClaim,
  type RoleValues,
} from './claims.ts';
import { ALGORITHMS, createInlineKeys, type KeySource } from './jwks.ts';
import {
  type Grant,
  type Identifier,
  type IdentityHeaders,
  type Principal,
  tokenFacts,
} from './principal.ts';
import { type Fetch, isProviderUrl } from './provider-fetch.ts';
import { createRemoteKeys, type KeyLog, type RemoteKeysOptions } from './remote-jwks.ts';
import { TokenCache } from './token-cache.ts';

/** Options of {@link createOidcIdentifier}. */
export interface OidcOptions {
  /** Must equal the token's `iss`, character by character. */
  readonly issuer: string;
  /** The token's `aud` must hold at least one of these. */
  readonly audience: readonly string[];
  /** The URL of the keys. With neither this nor `jwks`, OpenID Connect Discovery finds it. */
  readonly jwksUri?: string | undefined;
  /** The keys: a parsed JWK Set. No key is fetched then. */
  readonly jwks?: unknown;
  /** Signature algorithms accepted, see `ALGORITHMS`. Default `['RS256']`. */
  readonly algorithms?: readonly string[] | undefined;
  /** Leeway for `exp`, `nbf` and `iat`, 0 to 600. Default 30. */
  readonly clockToleranceSeconds?: number | undefined;
  /** See `compileClaim` for how claims are named. */
  readonly tenantClaim: string;
  /** Default `sub`. */
  readonly subjectClaim?: string | undefined;
  readonly roleClaims: readonly string[];
  readonly roles: Pick<Roles, 'recognise'> & { readonly generation?: () => number };
  /** The most cached tokens; 0 turns the cache off. Default 10000. */
  readonly tokenCacheSize?: number | undefined;
  /** The longest time that a token is cached. Default 300. */
  readonly tokenCacheSeconds?: number | undefined;
  /** How keys are fetched. */
  readonly keys?: Omit<RemoteKeysOptions, 'issuer' | 'jwksUri' | 'algorithms' | 'fetch' | 'log'> | undefined;
  readonly log?: KeyLog | undefined;
  /** For tests. */
  readonly fetch?: Fetch | undefined;
  /** For tests: milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

/**
 * Identifies the caller by an OpenID Connect access token: a JWT signed by the configured issuer (RFC 9068, RFC 8725).
 *
 * A request must have exactly one `Authorization: Bearer` token of at most 16 KiB. The token must have a configured
 * algorithm, a valid signature by one of the issuer's published keys, the configured `iss` and a configured `aud`, an
 * `exp` in the future, and no `nbf` or `iat` in the future. `typ` may be absent, `JWT` or `at+jwt`. A `crit` header is
 * refused, since the gateway supports no extension. Keys in the token's header (`jwk`, `jku`, `x5c`) are ignored.
 * Tenant, subject and roles come from claims only.
 *
 * Any `X-Tenant` header, even a blank one, is refused: a caller that sends it expects to choose the tenant, and cannot.
 *
 * The start does not wait for the provider: until its keys are loaded, `identify` throws `keys_unavailable` and `ready`
 * reports the cause.
 *
 * @throws Error at creation, listing every option that cannot be used
 * @example
 * const identifier = createOidcIdentifier({
 *   issuer: 'https://idp.example/realms/ml',
 *   audience: ['mlflow'],
 *   tenantClaim: 'tenant_id',
 *   roleClaims: ['realm_access.roles'],
 *   roles: createRoles(),
 * });
 * const principal = await identifier.identify({ authorization, tenant: undefined, subject: undefined });
 */
export function createOidcIdentifier(options: OidcOptions): Identifier {
  const problems = check(options);
  if (problems.length > 0)
    throw new Error(`OIDC cannot be set up:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
  return new OidcIdentifier(options);
}

class OidcIdentifier implements Identifier {
  readonly #options: OidcOptions;
  readonly #algorithms: string[];
  readonly #tolerance: number;
  readonly #now: () => number;
  readonly #keys: KeySource;
  readonly #cache: TokenCache<Principal>;
  readonly #tenant: ClaimReader;
  readonly #subject: ClaimReader;
  readonly #roles: readonly ClaimReader[];

  constructor(options: OidcOptions) {
    const { issuer, audience, jwksUri, tenantClaim, subjectClaim = 'sub', roleClaims, log } = options;
    this.#options = options;
    this.#algorithms = [...(options.algorithms ?? ['RS256'])];
    this.#tolerance = options.clockToleranceSeconds ?? 30;
    this.#now = options.now ?? Date.now;
    this.#tenant = compileClaim(tenantClaim);
    this.#subject = compileClaim(subjectClaim);
    this.#roles = roleClaims.map(compileClaim);
    this.#cache = new TokenCache({
      scope: [issuer, audience, this.#algorithms, tenantClaim, subjectClaim, roleClaims],
      capacity: options.tokenCacheSize ?? 10_000,
      maxAgeSeconds: options.tokenCacheSeconds ?? 300,
    });
    this.#keys =
      options.jwks === undefined
        ? createRemoteKeys({
            ...options.keys,
            issuer,
            jwksUri,
            algorithms: this.#algorithms,
            fetch: options.fetch,
            log,
          })
        : createInlineKeys(options.jwks, this.#algorithms);
  }

  /** Returns without a promise for a cached token: every request runs this. */
  identify(headers: IdentityHeaders): Promise<Principal> | Principal {
    if (headers.tenant !== undefined) {
      throw new DenialError(
        'tenant_header_forbidden',
        'X-Tenant must not be sent: the tenant comes from the token',
      );
    }
    const token = parseBearer(headers.authorization);
    const key = this.#cache.key(token);
    const generation = this.#keys.generation() + (this.#options.roles.generation?.() ?? 0);
    return this.#cache.get(key, generation, this.#now()) ?? this.#verify(token, key, generation);
  }

  ready(): ReturnType<Identifier['ready']> {
    return this.#keys.ready();
  }

  tokens(): ReturnType<Identifier['tokens']> {
    const { size, hits, misses } = this.#cache;
    return { size, hits, misses };
  }

  close(): void {
    this.#keys.close();
  }

  async #verify(token: string, key: string, generation: number): Promise<Principal> {
    this.#checkUnverified(token);
    const claims = await this.#signed(token);
    const expiresAt = this.#expiryOf(claims);
    const principal = this.#principal(claims);
    this.#cache.set(key, principal, { generation, expiresAt, now: this.#now() });
    return principal;
  }

  /** Makes the checks that need no key. The token is not verified yet, and cannot cause a fetch. */
  #checkUnverified(token: string): void {
    let header: ReturnType<typeof decodeProtectedHeader>;
    let claims: JWTPayload;
    try {
      header = decodeProtectedHeader(token);
      claims = decodeJwt(token);
    } catch {
      throw unauthorized('token_invalid', 'The token is not a well-formed JWT');
    }
    if (typeof header.alg !== 'string' || !this.#algorithms.includes(header.alg)) {
      throw unauthorized('token_invalid', `The token is not signed with ${this.#algorithms.join(' or ')}`);
    }
    if (Object.hasOwn(header, 'crit')) {
      throw unauthorized(
        'token_invalid',
        'The token requires an extension that the gateway does not support (crit)',
      );
    }
    if (header.typ !== undefined && !isAccessTokenType(header.typ)) {
      throw unauthorized('token_invalid', 'The token has a type other than JWT or at+jwt');
    }
    if (claims.iss !== this.#options.issuer)
      throw unauthorized('token_invalid', 'The token is from another issuer');
  }

  async #signed(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#keys.find, {
        issuer: this.#options.issuer,
        audience: [...this.#options.audience],
        algorithms: this.#algorithms,
        clockTolerance: this.#tolerance,
        requiredClaims: ['exp'],
        currentDate: new Date(this.#now()),
      });
      return payload;
    } catch (error) {
      throw error instanceof DenialError ? error : refusal(error);
    }
  }

  /** Checks the times that jose does not. @returns the `exp` of the token, in seconds */
  #expiryOf(claims: JWTPayload): number {
    const { exp } = claims;
    // 1e999 parses to Infinity: a token that never expires.
    if (exp === undefined || !Number.isFinite(exp))
      throw unauthorized('token_invalid', 'The token has no usable exp');
    // jose checks iat only together with a maximum age.
    if (claims.iat !== undefined && claims.iat > this.#now() / 1000 + this.#tolerance) {
      throw unauthorized('token_invalid', 'The token was issued in the future (iat)');
    }
    return exp;
  }

  #principal(claims: JWTPayload): Principal {
    const tenant = this.#tenantOf(claims);
    const subject = this.#subject(claims);
    if (!isSubject(subject)) {
      const name = this.#options.subjectClaim ?? 'sub';
      throw unauthorized(
        'subject_invalid',
        `Claim ${name} must be a string of 1 to 255 printable characters`,
      );
    }
    const found = collectRoles(claims, this.#roles);
    const { values } = found;
    const { roles, platformAdmin } = this.#options.roles.recognise(values);
    const grant: Grant = Object.freeze({ tenant, roles: Object.freeze([...roles]) });
    const principal = {
      subject,
      issuer: this.#options.issuer,
      token: tokenFacts(claims),
      grants: new Map([[tenant, grant]]),
      platformAdmin,
    };
    if (platformAdmin || roles.length > 0) return Object.freeze(principal);
    return Object.freeze({ ...principal, roleProblem: roleProblem(found, this.#options.roleClaims) });
  }

  #tenantOf(claims: JWTPayload): string {
    try {
      return parseTenantClaim(this.#tenant(claims), this.#options.tenantClaim);
    } catch (error) {
      throw error instanceof DenialError ? unauthorized(error.reason, error.message) : error;
    }
  }
}

function roleProblem(
  { present, objects }: RoleValues,
  names: readonly string[],
): NonNullable<Principal['roleProblem']> {
  const list = names.join(', ');
  if (!present) return { reason: 'role_missing', message: `Missing role claim(s): ${list}` };
  const kind = objects ? '. An object was received: send a list of role names, or text.' : '';
  return { reason: 'role_unrecognized', message: `No recognized roles found in claim(s): ${list}${kind}` };
}

/** RFC 9068 section 4, RFC 8725 section 3.11: tokens for another purpose (logout+jwt, dpop+jwt) are refused. */
function isAccessTokenType(typ: unknown): boolean {
  return typeof typ === 'string' && /^(?:application\/)?(?:at\+)?jwt$/i.test(typ);
}

const CLAIM_MESSAGES: Readonly<Record<string, string>> = {
  aud: 'The token is for another audience',
  iss: 'The token is from another issuer',
  nbf: 'The token is not valid yet (nbf)',
  iat: 'The token has no usable iat',
  exp: 'The token has no usable exp',
};

function refusal(error: unknown): DenialError {
  if (error instanceof errors.JWTExpired) return unauthorized('token_expired', 'The token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return unauthorized('token_invalid', CLAIM_MESSAGES[error.claim] ?? 'The token has an unusable claim');
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return unauthorized('token_invalid', 'The token is signed with a key that the issuer does not publish');
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return unauthorized('token_invalid', 'The token does not name its signing key (kid)');
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return unauthorized('token_invalid', 'The signature of the token is invalid');
  }
  return unauthorized('token_invalid', 'The token cannot be verified');
}

function check(options: OidcOptions): string[] {
  const { issuer, audience, jwksUri, jwks, algorithms = ['RS256'], roleClaims } = options;
  const problems: string[] = [];
  const need = (ok: boolean, problem: string): void => {
    if (!ok) problems.push(problem);
  };
  need(issuer.trim() !== '', 'issuer: must not be blank');
  need(
    audience.length > 0 && audience.every((value) => value.trim() !== ''),
    'audience: at least one, none blank',
  );
  need(jwks === undefined || jwksUri === undefined, 'jwksUri, jwks: give one of them, not both');
  need(
    jwksUri === undefined || isProviderUrl(jwksUri),
    'jwksUri: an http(s) URL without user, password, fragment',
  );
  if (jwks === undefined && jwksUri === undefined) {
    need(
      isProviderUrl(issuer) && !issuer.includes('?'),
      'issuer: discovery needs an http(s) URL without query; otherwise give jwksUri or jwks',
    );
  }
  need(algorithms.length > 0, 'algorithms: at least one');
  for (const name of algorithms) {
    need(
      (ALGORITHMS as readonly string[]).includes(name),
      `algorithms: ${JSON.stringify(name)} is refused; asymmetric signatures only: ${ALGORITHMS.join(', ')}`,
    );
  }
  need(roleClaims.length > 0, 'roleClaims: at least one');
  for (const name of [options.tenantClaim, options.subjectClaim ?? 'sub', ...roleClaims]) {
    try {
      compileClaim(name);
    } catch (error) {
      problems.push(`claims: ${(error as Error).message}`);
    }
  }
  const within = (value: number | undefined, most: number): boolean =>
    value === undefined || (Number.isFinite(value) && value >= 0 && value <= most);
  need(within(options.clockToleranceSeconds, 600), 'clockToleranceSeconds: 0 to 600');
  need(within(options.tokenCacheSize, 1_000_000), 'tokenCacheSize: 0 to 1000000');
  need(within(options.tokenCacheSeconds, 3600), 'tokenCacheSeconds: 0 to 3600');
  if (problems.length === 0 && jwks !== undefined) {
    try {
      createInlineKeys(jwks, algorithms);
    } catch (error) {
      problems.push(`jwks: ${(error as Error).message}`);
    }
  }
  return problems;
}
