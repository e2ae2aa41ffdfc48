// Generated from docs/reference/audit.schema.json by `npm run codegen`. Do not edit.
/** Longest strings in characters, and most items, that the schema allows. */
export const LIMITS = {
  request_id: 128,
  tenant: 128,
  tenant_chosen_by: 16,
  team_cookie_ignored: 16,
  subject: 255,
  issuer: 512,
  roles: 32,
  'roles[]': 64,
  client_address: 64,
  method: 16,
  path: 2048,
  operation: 128,
  permission: 128,
  resources: 100,
  'resources[].kind': 64,
  'resources[].id': 256,
  reason: 64,
  upstream: 256,
} as const;
