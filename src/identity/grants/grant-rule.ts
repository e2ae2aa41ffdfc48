/** Reads the tenant from one claim and the roles in it from others: the form of `GW_TENANT_CLAIM` and `GW_ROLE_CLAIM`. */
export interface TenantClaimRule {
  readonly kind: 'tenant-claim';
  /** Spelled as `compileClaim` reads it. */
  readonly claim: string;
  /** Spelled likewise. The roles apply to every tenant of the claim. */
  readonly roleClaims: readonly string[];
  /** Whether the claim may be a list of tenants. With `false`, a list is refused, also a list of one. */
  readonly list: boolean;
}

/** Reads tenant and role from the names of groups. */
export interface GroupPatternRule {
  readonly kind: 'group-pattern';
  /** The claim that lists the groups. */
  readonly claim: string;
  /** As in `mlflow-{tenant}-{role}` or `/teams/{tenant}/{role}`: anchored, `{tenant}` once, `{role}` at most once. */
  readonly pattern: string;
  /** The role for a pattern without `{role}`. */
  readonly role?: string | undefined;
}

/** A tenant, and the caller's role in it: a role's name or one of its aliases. */
export interface TableGrant {
  readonly tenant: string;
  readonly role: string;
}

/** Looks groups up in a table, for groups whose names say nothing: the object ids of Entra ID. */
export interface GroupTableRule {
  readonly kind: 'group-table';
  readonly claim: string;
  /** Group -> grants. Groups are compared exactly. */
  readonly table: ReadonlyMap<string, readonly TableGrant[]>;
}

/** Finds the tenant of a Kubernetes service account by its namespace. */
export interface NamespaceRule {
  readonly kind: 'namespace';
  /** Namespace -> tenant. */
  readonly tenants?: ReadonlyMap<string, string> | undefined;
  /** As in `ml-{tenant}`: anchored, `{tenant}` once. */
  readonly pattern?: string | undefined;
  /** The role of every service account that `accounts` does not name; `undefined`: none. */
  readonly role?: string | undefined;
  /** `namespace/name` of a service account -> its role. */
  readonly accounts?: ReadonlyMap<string, string> | undefined;
}

/** Finds the tenant of a workload by a text claim such as `sub` or `project_path` of a CI job. */
export interface ClaimPatternRule {
  readonly kind: 'claim-pattern';
  /** A claim with one string, such as `project_path`. */
  readonly claim: string;
  /** As in `repo:acme/{tenant}:ref:refs/heads/main`; `*` stands for one or more characters other than `/`, `:` and `@`. */
  readonly pattern: string;
  /** The tenant for a pattern without `{tenant}`: a project whose name is not its tenant's. */
  readonly tenant?: string | undefined;
  readonly role: string;
  /** Claims that must have these values too, such as `ref_protected: "true"`. */
  readonly where?: ReadonlyMap<string, string> | undefined;
}

/** One way to read grants from the claims of a verified token. A caller has the grants of all rules of the issuer. */
export type GrantRule =
  | TenantClaimRule
  | GroupPatternRule
  | GroupTableRule
  | NamespaceRule
  | ClaimPatternRule;
