/**
 * The reason codes of the gateway's own denials, with their status and MLflow's error code. The set is closed: clients, alerts and
 * the audit log may rely on it (docs/reference/reasons.md).
 */
export const REASONS = {
  // The request does not have exactly one reading.
  malformed_request: { status: 400, errorCode: 'BAD_REQUEST' },
  malformed_path: { status: 400, errorCode: 'BAD_REQUEST' },
  malformed_query: { status: 400, errorCode: 'BAD_REQUEST' },
  malformed_header: { status: 400, errorCode: 'BAD_REQUEST' },
  malformed_body: { status: 400, errorCode: 'BAD_REQUEST' },
  duplicate_header: { status: 400, errorCode: 'BAD_REQUEST' },
  unknown_field: { status: 400, errorCode: 'INVALID_PARAMETER_VALUE' },
  invalid_field: { status: 400, errorCode: 'INVALID_PARAMETER_VALUE' },
  unsupported_media_type: { status: 415, errorCode: 'BAD_REQUEST' },
  body_too_large: { status: 413, errorCode: 'RESOURCE_LIMIT_EXCEEDED' },
  body_budget_exhausted: { status: 429, errorCode: 'REQUEST_LIMIT_EXCEEDED' },
  upgrade_refused: { status: 400, errorCode: 'BAD_REQUEST' },
  // TLS.
  client_certificate_required: { status: 403, errorCode: 'PERMISSION_DENIED' },
  // Not in the catalog: default deny.
  unknown_operation: { status: 404, errorCode: 'ENDPOINT_NOT_FOUND' },
  method_not_allowed: { status: 405, errorCode: 'ENDPOINT_NOT_FOUND' },
  origin_refused: { status: 403, errorCode: 'PERMISSION_DENIED' },
  // Authentication.
  token_missing: { status: 401, errorCode: 'UNAUTHENTICATED' },
  token_invalid: { status: 401, errorCode: 'UNAUTHENTICATED' },
  token_expired: { status: 401, errorCode: 'UNAUTHENTICATED' },
  token_denied: { status: 401, errorCode: 'UNAUTHENTICATED' },
  token_inactive: { status: 401, errorCode: 'UNAUTHENTICATED' },
  tenant_claim_missing: { status: 401, errorCode: 'UNAUTHENTICATED' },
  tenant_claim_invalid: { status: 401, errorCode: 'UNAUTHENTICATED' },
  too_many_groups: { status: 401, errorCode: 'UNAUTHENTICATED' },
  groups_overage: { status: 401, errorCode: 'UNAUTHENTICATED' },
  subject_invalid: { status: 401, errorCode: 'UNAUTHENTICATED' },
  keys_unavailable: { status: 503, errorCode: 'TEMPORARILY_UNAVAILABLE' },
  introspection_unavailable: { status: 503, errorCode: 'TEMPORARILY_UNAVAILABLE' },
  tenant_header_forbidden: { status: 400, errorCode: 'BAD_REQUEST' },
  tenant_header_missing: { status: 400, errorCode: 'BAD_REQUEST' },
  tenant_header_invalid: { status: 400, errorCode: 'BAD_REQUEST' },
  // Permission.
  role_missing: { status: 403, errorCode: 'PERMISSION_DENIED' },
  role_unrecognized: { status: 403, errorCode: 'PERMISSION_DENIED' },
  role_insufficient: { status: 403, errorCode: 'PERMISSION_DENIED' },
  // Tenancy.
  tenant_ambiguous: { status: 400, errorCode: 'INVALID_PARAMETER_VALUE' },
  tenant_not_granted: { status: 403, errorCode: 'PERMISSION_DENIED' },
  tenant_name_unusable: { status: 403, errorCode: 'PERMISSION_DENIED' },
  workspace_missing: { status: 403, errorCode: 'PERMISSION_DENIED' },
  workspace_not_found: { status: 404, errorCode: 'RESOURCE_DOES_NOT_EXIST' },
  resource_not_found: { status: 404, errorCode: 'RESOURCE_DOES_NOT_EXIST' },
  internal_field: { status: 403, errorCode: 'PERMISSION_DENIED' },
  reserved_tag: { status: 403, errorCode: 'PERMISSION_DENIED' },
  tenant_tag: { status: 403, errorCode: 'PERMISSION_DENIED' },
  shared_experiment: { status: 403, errorCode: 'PERMISSION_DENIED' },
  name_busy: { status: 429, errorCode: 'REQUEST_LIMIT_EXCEEDED' },
  several_replicas: { status: 403, errorCode: 'PERMISSION_DENIED' },
  // MLflow's clients read 501 as storage that cannot sign, and send the bytes through the gateway.
  signed_url_refused: { status: 501, errorCode: 'NOT_IMPLEMENTED' },
  storage_uri_refused: { status: 403, errorCode: 'PERMISSION_DENIED' },
  platform_admin_only: { status: 403, errorCode: 'PERMISSION_DENIED' },
  server_feature_disabled: { status: 403, errorCode: 'PERMISSION_DENIED' },
  strategy_pending: { status: 403, errorCode: 'PERMISSION_DENIED' },
  // MLflow and the gateway itself.
  // MLflow's client from 3.18 on repeats a request that creates something after 408 and 429 alone: MLflow has not seen it then.
  tenant_busy: { status: 429, errorCode: 'REQUEST_LIMIT_EXCEEDED' },
  upstream_unreachable: { status: 502, errorCode: 'TEMPORARILY_UNAVAILABLE' },
  upstream_timeout: { status: 504, errorCode: 'TEMPORARILY_UNAVAILABLE' },
  upstream_invalid: { status: 502, errorCode: 'INTERNAL_ERROR' },
  strategy_unavailable: { status: 503, errorCode: 'TEMPORARILY_UNAVAILABLE' },
  internal_error: { status: 500, errorCode: 'INTERNAL_ERROR' },
} as const satisfies Record<string, { status: number; errorCode: string }>;

/** Whether a status of the gateway's own means that something failed. 501 is a decision: `signed_url_refused`. */
export function isFailure(status: number): boolean {
  return status >= 500 && status !== 501;
}

/** A stable reason code. */
export type Reason = keyof typeof REASONS;

/** A refusal: its reason code, and a sentence for the person who reads it. */
export interface Denial {
  readonly reason: Reason;
  readonly message: string;
  /** Extra response headers (`WWW-Authenticate`, `Allow`, `Retry-After`). */
  readonly headers?: Readonly<Record<string, string>>;
  /** Overrides the status of the reason code. */
  readonly status?: number | undefined;
}

/** Thrown by every step of the line and caught once, in the gateway. Any other error becomes `internal_error`. */
export class DenialError extends Error implements Denial {
  readonly reason: Reason;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number | undefined;

  constructor(
    reason: Reason,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    status?: number,
  ) {
    super(message);
    this.name = 'DenialError';
    this.reason = reason;
    this.headers = headers;
    this.status = status;
  }
}
