import type { Denial } from '../denial.ts';
import type { Principal } from '../identity/principal.ts';
import type { Roles } from './roles.ts';

/**
 * Decides whether a caller's role in a tenant has a permission. Tenancy decides on the owner of the data, and on
 * operations for platform-admins only.
 *
 * A platform-admin has every permission in every tenant.
 *
 * @param tenant one of `principal.grants`; any other is refused
 * @param permission of the operation, as in the catalog (`runs:write`)
 * @returns `undefined` to continue, or the denial: `role_missing`, `role_unrecognized`, `role_insufficient`, or
 * `tenant_not_granted`
 * @example
 * authorize(roles, principal, 'team-a', 'runs:write')?.message;
 * // 'Insufficient role: required contributor, got viewer'
 */
export function authorize(
  roles: Roles,
  principal: Principal,
  tenant: string,
  permission: string,
): Denial | undefined {
  if (principal.platformAdmin) return undefined;
  const grant = principal.grants.get(tenant);
  // The message does not quote the tenant's name, which may be text of the caller.
  if (grant === undefined)
    return { reason: 'tenant_not_granted', message: 'The caller has no access to this tenant.' };
  if (roles.permitted(grant.roles, permission)) return undefined;

  const held = roles.strongest(grant.roles);
  if (held !== undefined) {
    return {
      reason: 'role_insufficient',
      message: `Insufficient role: required ${roles.weakestFor(permission)}, got ${held}`,
    };
  }
  return principal.roleProblem ?? { reason: 'role_unrecognized', message: 'No recognized roles found' };
}
