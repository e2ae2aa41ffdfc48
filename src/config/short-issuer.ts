import type { IssuerConfig, KeysConfig } from '../identity/issuer/issuer-config.ts';
import type { Values } from './config.ts';

/**
 * The one issuer that the short variables describe: `GW_OIDC_*`, `GW_JWKS_*`, `GW_TENANT_CLAIM`, `GW_ROLE_CLAIM`, `GW_SUBJECT_CLAIM`
 * and `GW_RBAC_PLATFORM_ADMIN_ALIASES`.
 *
 * @param values checked: issuer and audience are set
 * @example
 * shortIssuer(read.values).issuer; // 'https://idp.example.com/realms/ml'
 */
export function shortIssuer({ auth, rbac }: Values): IssuerConfig {
  const { issuer, audience, algorithms, clockToleranceMs, subjectClaim, tenantClaim, roleClaims } = auth;
  const { platformAdminAliases } = rbac;
  return {
    issuer,
    audience: audience ?? [],
    keys: keysOf(auth),
    algorithms,
    clockToleranceMs,
    subjectClaim,
    grants: [{ kind: 'tenant-claim', claim: tenantClaim, roleClaims, list: false }],
    ...(platformAdminAliases === undefined
      ? {}
      : { platformAdmins: { claims: roleClaims, values: platformAdminAliases } }),
  };
}

function keysOf({ jwks, jwksUri }: Values['auth']): KeysConfig {
  if (jwks !== undefined) return { from: 'inline', jwks };
  return jwksUri === undefined ? { from: 'discovery' } : { from: 'uri', uri: jwksUri };
}
