import type { Reason } from '../denial.ts';

/** How a request is let through. */
export const LET_THROUGH = ['forwarded', 'aborted', 'preflight', 'sign_in', 'redirect'] as const;

/** Why a request ended as it did: a reason of the closed set, or how it was let through. */
export type AuditReason = Reason | (typeof LET_THROUGH)[number];

/**
 * What is recorded of one request. There is no place for tokens, bodies, queries, headers or tag values, so none can
 * get in. docs/reference/audit.schema.json describes each property; a test keeps the two in step.
 */
export interface AuditEntry {
  readonly request_id: string;
  readonly tenant: string | null;
  readonly subject: string | null;
  readonly issuer: string | null;
  /** As recognised; not the raw claim values. */
  readonly roles: readonly string[];
  readonly platform_admin: boolean;
  readonly client_address: string | null;
  readonly method: string;
  /** Without the query; one that is there is cut off. */
  readonly path: string;
  readonly operation: string | null;
  readonly permission: string | null;
  /** All of them: what is too much for a line is left out and counted there. */
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

/** An entry as it is written: with what the audit log adds itself. */
export interface AuditLine extends AuditEntry {
  readonly schema_version: 1;
  readonly timestamp: Date;
  readonly resources_omitted: number;
}
