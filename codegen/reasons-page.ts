import { REASONS, type Reason } from '../src/denial.ts';

/** What each reason means to the person who meets it; the compiler sees to it that none is missing. */
const MEANINGS: Readonly<Record<Reason, string>> = {
  malformed_request:
    'The request is not well-formed HTTP, has a body where none belongs, or its body did not arrive in time.',
  malformed_path:
    'The path could be read in more than one way: `//`, `..`, something encoded twice, a stray character.',
  malformed_query:
    'The query could be read in more than one way: a parameter given twice, a broken `%` sequence.',
  malformed_header:
    'A header on which a decision rests is spelt with `_` or `.`, Host is missing or no host name, or there are more than 100 headers.',
  malformed_body: 'The body is not JSON in UTF-8 with one reading: a key given twice, NaN, too deep.',
  duplicate_header: 'A header on which a decision rests was sent twice.',
  unknown_field:
    'The operation has no such field or parameter. The message says if only the spelling is off.',
  invalid_field:
    'A field is missing or has the wrong type, or an id is not spelt the way MLflow writes it. The status is 422 where MLflow’s FastAPI checks the values (OTLP, jobs).',
  unsupported_media_type: 'The Content-Type or Content-Encoding is not one this operation takes.',
  body_too_large:
    'A body is larger than `GW_MAX_BODY_BYTES`, also once decompressed, or holds more values, fields or spans than the gateway reads; the message says which.',
  body_budget_exhausted:
    'The bodies that the gateway holds now take all the memory it has for them, or all of one tenant’s share; try again after `Retry-After`.',
  upgrade_refused:
    'WebSocket and CONNECT are refused, and an offer of another protocol beside a transfer coding other than chunked. Other offers (`Upgrade: h2c`) are ignored.',
  unknown_operation: 'No operation of the catalog has this path. Uncatalogued requests are always refused.',
  method_not_allowed: 'The path exists, with other methods; `Allow` lists them.',
  origin_refused: 'A browser page from another origin called; see `GW_ALLOWED_ORIGINS`.',
  token_missing: 'No Bearer token was sent.',
  token_invalid: 'The token is malformed, not signed by the issuer, or for somebody else.',
  token_expired: 'The token has expired.',
  tenant_claim_missing: 'The token has no tenant claim (`GW_TENANT_CLAIM`).',
  tenant_claim_invalid: 'The tenant claim is not a well-formed name.',
  subject_invalid: 'The subject is missing, too long, or holds control characters.',
  keys_unavailable: "The provider's signing keys could not be fetched yet.",
  tenant_header_forbidden: '`X-Tenant` was sent in oidc mode, where the token alone says the tenant.',
  tenant_header_missing: '`X-Tenant` is missing in off mode.',
  tenant_header_invalid: '`X-Tenant` is not a well-formed name.',
  role_missing: 'The token has none of the role claims (`GW_ROLE_CLAIM`).',
  role_unrecognized: 'The role claims hold no role the gateway knows; see the `GW_RBAC_*_ALIASES`.',
  role_insufficient: 'The role does not have the permission of the operation.',
  tenant_ambiguous: 'The caller belongs to several tenants and named none.',
  tenant_not_granted: "The workspace or tenant named in the request is not one of the caller's.",
  tenant_name_unusable: 'The tenant cannot be an MLflow workspace as it is called; see `GW_TENANT_MAP`.',
  workspace_missing: 'MLflow has no workspace for the tenant; see `GW_WORKSPACE_AUTOCREATE`.',
  workspace_not_found: "The workspace does not exist, or is not one of the caller's.",
  resource_not_found: 'The resource does not exist in the tenant. Whether it exists elsewhere is not said.',
  internal_field: "A field meant for MLflow's own calls was sent.",
  reserved_tag: 'The tag says where MLflow finds data, and is set by MLflow only.',
  tenant_tag:
    'The tag says whose a resource is (`GW_TENANT_TAG_KEY`); the gateway sets it, nobody can change or remove it.',
  shared_experiment:
    'With `tags`: in a shared experiment MLflow cannot tell tenants apart here (datasets of runs, scorers, spans of an unknown trace); use one of your own.',
  name_busy: 'With `tags`: other requests were using the name all the while; try again.',
  several_replicas:
    'With `tags` and `GW_REPLICAS` above 1: the operation could hand a name to another tenant while another replica uses it (docs/tenancy.md).',
  storage_uri_refused: 'The URI does not lie below something the tenant owns.',
  platform_admin_only: 'The operation acts across tenants.',
  server_feature_disabled: 'The operation acts on the server itself; see `GW_ALLOW_SERVER_FEATURES`.',
  strategy_pending: 'The tenancy strategy in use does not cover the operation yet.',
  tenant_busy:
    'The tenant has as many requests under way at MLflow as one tenant, or all together, may have, and its turn did not come in time; try again.',
  upstream_unreachable: 'MLflow cannot be reached.',
  upstream_timeout: 'MLflow did not begin to answer within `GW_REQUEST_TIMEOUT_SECONDS`.',
  upstream_invalid: 'MLflow answered something the gateway cannot vouch for.',
  strategy_unavailable:
    'MLflow cannot carry the configured tenancy strategy; the message and `/readyz` say why.',
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

Whenever the gateway answers instead of MLflow, the body says why in \`reason\`, and so does the audit line. The set is closed and stable: alerts and clients may rely on it.

    {"error_code": "PERMISSION_DENIED", "message": "Insufficient role: required contributor, got viewer",
     "request_id": "8c0f...", "reason": "role_insufficient"}

| reason | status | error_code | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}
