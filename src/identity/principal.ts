/**
 * The tenant of an MLflow job that names no workspace. No tenant has this name, because a tenant name cannot contain a space
 * (`TENANT_PATTERN`). It is not empty, because an empty tenant tag is the tag of a resource.
 */
export const NO_TENANT = 'no tenant';

/** The roles of a caller in one tenant, of those that the gateway recognises. */
export interface Grant {
  readonly tenant: string;
  readonly roles: readonly string[];
}

/** The facts of a token by which a deny list can name it. */
export interface TokenFacts {
  /** `jti`, if it is a string. */
  readonly id: string | undefined;
  /** `iat` in seconds since 1970, if it is a finite number. */
  readonly issuedAt: number | undefined;
}

/**
 * Reads the facts of a token's claims, or of the response of an introspection endpoint, which has the same names.
 *
 * @example
 * tokenFacts({ jti: '7b1f', iat: 1_800_000_000 }); // { id: '7b1f', issuedAt: 1800000000 }
 */
export function tokenFacts({ jti, iat }: { readonly jti?: unknown; readonly iat?: unknown }): TokenFacts {
  return {
    id: typeof jti === 'string' ? jti : undefined,
    issuedAt: typeof iat === 'number' && Number.isFinite(iat) ? iat : undefined,
  };
}

/** An authenticated caller. It can have several grants: groups and several issuers can add more. */
export interface Principal {
  /** `sub` of the token, or `X-Subject` in off mode. */
  readonly subject: string;
  /** `iss` of the token, or `off`. */
  readonly issuer: string;
  /** The token of the caller; `undefined` for a caller without one (mode `off`, MLflow's own jobs). */
  readonly token?: TokenFacts;
  /** Tenant name -> roles. */
  readonly grants: ReadonlyMap<string, Grant>;
  /** Opt-in, by values that the configuration names for this issuer. */
  readonly platformAdmin: boolean;
  /** Set if no role was recognised: the reason and message of the denial when a permission is needed. */
  readonly roleProblem?: { readonly reason: 'role_missing' | 'role_unrecognized'; readonly message: string };
}

/** The header fields that identify the caller, each known to occur at most once. */
export interface IdentityHeaders {
  readonly authorization: string | undefined;
  readonly tenant: string | undefined;
  readonly subject: string | undefined;
}

/** Whether callers can be authenticated (the keys are loaded). */
export type Readiness =
  | {
      readonly ok: true;
      /** Each issuer of several whose tokens cannot be verified now, with the cause. Absent if there is none. */
      readonly failing?: readonly string[];
    }
  | { readonly ok: false; readonly why: string };

/** Authenticates the caller. Throws `DenialError`; never returns an anonymous principal. */
export interface Identifier {
  identify(headers: IdentityHeaders): Promise<Principal> | Principal;
  ready(): Readiness;
  /** The cache of verified tokens, of all issuers together: its size, hits and misses. */
  tokens(): { readonly size: number; readonly hits: number; readonly misses: number };
  close(): void;
}
