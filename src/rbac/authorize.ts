import type { Denial } from '../denial.ts';
import type { Principal } from '../identity/principal.ts';
import type { Roles } from './roles.ts';

/**
 * Decides whether a caller's role in a tenant has a permission. Says nothing about whose data is meant: that, and
 * what only a platform-admin may do, is tenancy's to decide.
 *
 * A platform-admin has every permission in every tenant.
 *
 * @param tenant one of `principal.grants`; any other is refused
 * @param permission of the operation, as the catalog has it (`runs:write`)
 * @returns `undefined` to go on, or the refusal: `role_missing`, `role_unrecognized`, `role_insufficient`, or
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
  // The tenant's name is not repeated: it may be the caller's own text.
  if (grant === undefined) return { reason: 'tenant_not_granted', message: 'Not a tenant of this caller.' };
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
