import type { GrantRule } from '../grants/grant-rule.ts';

/** Where the keys of an issuer come from. */
export type KeysConfig =
  | { readonly from: 'discovery' }
  | { readonly from: 'uri'; readonly uri: string }
  | { readonly from: 'inline'; readonly jwks: unknown }
  /** The Kubernetes cluster of this pod. */
  | { readonly from: 'cluster' }
  /** The issuer publishes no keys: only introspection accepts its tokens. */
  | { readonly from: 'none' };

/**
 * One issuer of tokens, from `GW_IDENTITY_FILE` or from the short variables (`GW_OIDC_ISSUER` and the others), which describe one
 * issuer.
 */
export interface IssuerConfig {
  /** Equals the token's `iss`, character by character. With keys from the cluster, `undefined` until the cluster names it. */
  readonly issuer: string | undefined;
  /** The token's `aud` must hold at least one of these. */
  readonly audience: readonly string[];
  readonly keys: KeysConfig;
  readonly algorithms: readonly string[];
  /** Leeway for `exp`, `nbf` and `iat`. */
  readonly clockToleranceMs: number;
  readonly subjectClaim: string;
  readonly grants: readonly GrantRule[];
  /** Claims whose values may mean platform-admin, and the values; none by default. */
  readonly platformAdmins?:
    | { readonly claims: readonly string[]; readonly values: readonly string[] }
    | undefined;
  /** Answers for opaque tokens (RFC 7662). */
  readonly introspection?: IntrospectionConfig | undefined;
}

/** An introspection endpoint (RFC 7662). */
export interface IntrospectionConfig {
  readonly uri: string;
  readonly clientId: string;
  /** A file with the client's secret. */
  readonly clientSecretFile: string;
  /** The longest time that an answer is cached. */
  readonly cacheSeconds: number;
}
