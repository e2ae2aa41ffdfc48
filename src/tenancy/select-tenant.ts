import { DenialError } from '../denial.ts';
import type { Principal } from '../identity/principal.ts';
import type { TenantNames } from './tenant-names.ts';

/**
 * Finds the tenant of a request: the caller's only tenant, or the one of several that the workspace header names. The header
 * only chooses among the tenants that the token grants.
 *
 * @param chosen the caller's workspace header, if sent
 * @throws DenialError `tenant_not_granted`, `tenant_ambiguous`
 * @example
 * selectTenant(principal, 'team-a', names); // 'team-a'
 */
export function selectTenant(principal: Principal, chosen: string | undefined, names: TenantNames): string {
  if (chosen !== undefined && chosen !== '') {
    for (const tenant of principal.grants.keys()) if (names.workspaceOf(tenant) === chosen) return tenant;
    if (principal.platformAdmin && names.isUsable(chosen)) return names.tenantOf(chosen);
    throw new DenialError('tenant_not_granted', 'The workspace named in the request is not one of yours.');
  }
  const tenants = principal.grants.keys();
  const only = tenants.next().value;
  if (only === undefined) throw new DenialError('tenant_claim_missing', 'The token grants no tenant.');
  if (principal.grants.size > 1) {
    throw new DenialError(
      'tenant_ambiguous',
      'You belong to several tenants: name one with the workspace header.',
    );
  }
  return only;
}
