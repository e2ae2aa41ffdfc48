/** What a caller may be inside one tenant: role names the gateway recognised. */
export interface Grant {
  readonly tenant: string;
  readonly roles: readonly string[];
}

/** One verified caller. Nothing may assume a single grant: several issuers and group-derived grants can add more. */
export interface Principal {
  /** `sub` of the token, or `X-Subject` in off mode. */
  readonly subject: string;
  /** `iss` of the token, or `off`. */
  readonly issuer: string;
  /** Tenant name -> roles. */
  readonly grants: ReadonlyMap<string, Grant>;
  /** Opt-in, through `GW_RBAC_PLATFORM_ADMIN_ALIASES` only. */
  readonly platformAdmin: boolean;
  /** Set when no role was recognised: the reason, shown when a permission is required. */
  readonly roleProblem?: { readonly reason: 'role_missing' | 'role_unrecognized'; readonly message: string };
}

/** The headers identity may look at, each already known to occur at most once. */
export interface IdentityHeaders {
  readonly authorization: string | undefined;
  readonly tenant: string | undefined;
  readonly subject: string | undefined;
}

/** Proves who is calling. Throws `DenialError`; never returns an anonymous principal. */
export interface Identifier {
  identify(headers: IdentityHeaders): Promise<Principal> | Principal;
  /** True once requests can be judged (keys loaded). Says why not otherwise. */
  ready(): { readonly ok: true } | { readonly ok: false; readonly why: string };
  /** What is remembered of tokens: how many, and how often one was or was not. */
  tokens(): { readonly size: number; readonly hits: number; readonly misses: number };
  close(): void;
}
