import { REASONS, type Reason } from '../src/denial.ts';

/** The meaning of each reason, for the reader of a denial. The compiler reports a missing one. */
const MEANINGS: Readonly<Record<Reason, string>> = {
  malformed_request:
    'The request is not well-formed HTTP, has a body although its operation has none, or its body did not arrive in time.',
  malformed_path: 'The path has more than one reading: `//`, `..`, a double encoding, an invalid character.',
  malformed_query: 'The query has more than one reading: a repeated parameter, a broken `%` sequence.',
  malformed_header:
    'A header that a decision rests on is spelt with `_` or `.`, Host is missing or invalid, or the request has more than 100 headers.',
  malformed_body:
    'The body is not JSON in UTF-8 with one reading: a repeated key, NaN, nesting that is too deep.',
  duplicate_header: 'A header that a decision rests on was sent twice.',
  unknown_field:
    'The operation has no such field or parameter. If only the spelling is wrong, the message names the correct one.',
  invalid_field:
    'A field is missing or has the wrong type, or an id is not spelt as MLflow writes it. The status is 422 where MLflow’s FastAPI checks the values (OTLP, jobs).',
  unsupported_media_type: 'The operation does not accept the Content-Type or Content-Encoding.',
  body_too_large:
    'A body is larger than `GW_MAX_BODY_BYTES`, before or after decompression, or holds more values, fields or spans than the gateway reads. The message names the limit.',
  body_budget_exhausted:
    'The memory for bodies, or the share of the tenant or the caller, is in use. Try again after `Retry-After`.',
  upgrade_refused:
    'The gateway refuses WebSocket, CONNECT, and an offer of another protocol with a transfer coding other than chunked. It ignores other offers (`Upgrade: h2c`).',
  client_certificate_required:
    'The connection has no client certificate that the gateway accepts (`GW_TLS_CLIENT_CA_FILE`, `GW_TLS_CLIENT_NAMES`). Send requests through the proxy in front of it.',
  unknown_operation:
    'No operation of the catalog has this path. The gateway refuses all requests that are not in the catalog.',
  method_not_allowed: 'The path exists, with other methods; `Allow` lists them.',
  origin_refused: 'The request comes from a browser page of another origin; see `GW_ALLOWED_ORIGINS`.',
  token_missing: 'No Bearer token was sent.',
  token_invalid: 'The token is malformed, not signed by the issuer, or for another audience.',
  token_expired: 'The token has expired.',
  token_denied:
    'The deny list (`GW_DENY_LIST_FILE`) ends the access of the caller or the token before its expiry.',
  token_inactive: 'The introspection endpoint of the issuer reports that the opaque token is not active.',
  tenant_claim_missing:
    'The token has no tenant claim (`GW_TENANT_CLAIM`), or none of its claims grants a tenant (`GW_IDENTITY_FILE`).',
  tenant_claim_invalid: 'The tenant claim is not a well-formed name.',
  too_many_groups:
    'The token has more groups than the gateway reads, or grants more tenants than one caller may have. The message names the limit.',
  groups_overage:
    'Entra ID left the groups out of the token, because there are too many. Assign groups to the application, or use app roles.',
  subject_invalid: 'The subject is missing, too long, or holds control characters.',
  keys_unavailable: "The provider's signing keys could not be fetched yet.",
  introspection_unavailable:
    "The issuer's introspection endpoint did not answer, or not usably. Try again after `Retry-After`.",
  tenant_header_forbidden: '`X-Tenant` was sent in mode `oidc`, in which only the token names the tenant.',
  tenant_header_missing: '`X-Tenant` is missing in mode `off`.',
  tenant_header_invalid: '`X-Tenant` is not a well-formed name.',
  role_missing: 'The token has none of the role claims (`GW_ROLE_CLAIM`).',
  role_unrecognized: 'The role claims hold no known role; see the `GW_RBAC_*_ALIASES`.',
  role_insufficient: 'The role does not have the permission of the operation.',
  tenant_ambiguous: 'The caller belongs to several tenants and the request names none.',
  tenant_not_granted: "The workspace or tenant named in the request is not one of the caller's.",
  tenant_name_unusable: 'The name of the tenant is not valid for an MLflow workspace; see `GW_TENANT_MAP`.',
  workspace_missing: 'MLflow has no workspace for the tenant; see `GW_WORKSPACE_AUTOCREATE`.',
  workspace_not_found: "The workspace does not exist, or is not one of the caller's.",
  resource_not_found:
    'The resource does not exist in the tenant. It may exist in another tenant: the response is the same.',
  internal_field: "The request has a field for MLflow's own calls.",
  reserved_tag:
    'MLflow’s server acts on the tag, for example to find data or to run jobs. Only MLflow may set it.',
  tenant_tag:
    'The tag names the owner of a resource (`GW_TENANT_TAG_KEY`). The gateway sets it; no caller may change or remove it.',
  shared_experiment:
    'Strategy `tags`: in a shared experiment MLflow cannot keep tenants apart for this operation (datasets of runs, scorers, spans of an unknown trace). Use an experiment of your own.',
  name_busy: 'Strategy `tags`: other requests held the name until the time limit. Try again.',
  several_replicas:
    'Strategy `tags` with `GW_REPLICAS` above 1: the operation could release a name to another tenant while another replica uses it (docs/tenancy.md).',
  signed_url_refused:
    'MLflow would sign a URL for longer than `GW_PRESIGNED_MAX_SECONDS`, or the gateway cannot read for how long. MLflow’s clients then send the bytes through the gateway.',
  storage_uri_refused: 'The URI does not lie below a resource of the tenant.',
  platform_admin_only: 'The operation acts across tenants, or with endpoints and secrets of the server.',
  server_feature_disabled: 'The operation acts on the server itself; see `GW_ALLOW_SERVER_FEATURES`.',
  strategy_pending: 'The tenancy strategy in use does not cover the operation yet.',
  tenant_busy:
    'The tenant, or all tenants together, have the maximum number of requests in flight, and none ended in time. Try again.',
  upstream_unreachable: 'MLflow cannot be reached.',
  upstream_timeout: 'MLflow did not begin its response within `GW_REQUEST_TIMEOUT_SECONDS`.',
  upstream_invalid: 'The gateway cannot verify the response of MLflow.',
  strategy_unavailable:
    'MLflow does not support the configured tenancy strategy. The message and `/readyz` give the reason.',
  internal_error: 'A defect of the gateway; the log has the request id.',
};

/** docs/reference/reasons.md: the closed set of reason codes. */
export function renderReasonsPage(): string {
  const rows = Object.entries(REASONS).map(
    ([reason, { status, errorCode }]) =>
      `| \`${reason}\` | ${status} | ${errorCode} | ${MEANINGS[reason as Reason]} |`,
  );
  return `<!-- Generated by \`npm run codegen\`. Do not edit. -->

# Reasons

If the gateway answers in place of MLflow, the body and the audit line hold a \`reason\`. The set is closed and stable: alerts and clients may rely on it.

    {"error_code": "PERMISSION_DENIED", "message": "Insufficient role: required contributor, got viewer",
     "request_id": "8c0f...", "reason": "role_insufficient"}

| reason | status | error_code | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}
