import type { Reason } from '../denial.ts';

/** How a request is allowed. */
export const LET_THROUGH = [
  'forwarded',
  'aborted',
  'preflight',
  'sign_in',
  'choose_team',
  'redirect',
] as const;

/** The reason of the decision: a reason of the closed set, or how the request was allowed. */
export type AuditReason = Reason | (typeof LET_THROUGH)[number];

/**
 * The audit record of one request. It has no property for tokens, bodies, queries, headers or tag values, so it cannot
 * hold them. docs/reference/audit.schema.json describes each property; a test compares the two.
 */
export interface AuditEntry {
  readonly request_id: string;
  readonly tenant: string | null;
  /** `null` as `tenant`. */
  readonly tenant_chosen_by: 'only' | 'header' | 'cookie' | 'page' | null;
  readonly team_cookie_ignored: 'malformed' | 'other_caller' | 'not_granted' | null;
  readonly subject: string | null;
  readonly issuer: string | null;
  /** The recognised roles, not the raw claim values. */
  readonly roles: readonly string[];
  readonly platform_admin: boolean;
  readonly client_address: string | null;
  readonly method: string;
  /** Without the query, which is cut off. */
  readonly path: string;
  readonly operation: string | null;
  readonly permission: string | null;
  /** All references; those beyond the limit of a line are left out and counted in it. */
  readonly resources: readonly AuditResource[];
  readonly decision: 'allow' | 'deny' | 'error';
  readonly reason: AuditReason;
  readonly status_code: number;
  readonly upstream: string | null;
  readonly duration_ms: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
}

export interface AuditResource {
  readonly kind: string;
  readonly id: string;
}

/** An entry as written, with the properties that the audit log adds. */
export interface AuditLine extends AuditEntry {
  readonly schema_version: 1;
  readonly timestamp: Date;
  readonly resources_omitted: number;
}
