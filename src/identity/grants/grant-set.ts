import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import type { Roles } from '../../rbac/roles.ts';
import type { Grant } from '../principal.ts';

/** Collects the grants of one token. The roles of a tenant that several rules grant are united. */
export class GrantSet {
  readonly #roles = new Map<string, readonly string[]>();

  /**
   * @param roles names of roles; may be empty: the tenant is granted, without a permission
   * @throws DenialError `too_many_groups` beyond 200 tenants
   */
  add(tenant: string, roles: readonly string[]): void {
    const known = this.#roles.get(tenant);
    if (known !== undefined) {
      const more = roles.filter((role) => !known.includes(role));
      if (more.length > 0) this.#roles.set(tenant, [...known, ...more]);
      return;
    }
    const most = LIMITS.grantsPerPrincipal.value;
    if (this.#roles.size === most) {
      throw new DenialError(
        'too_many_groups',
        `The token grants more than ${most} tenants. Leave groups of other teams out of it.`,
      );
    }
    this.#roles.set(tenant, roles);
  }

  /** The grants, the roles of each strongest first. */
  grants(roles: Pick<Roles, 'recognise'>): ReadonlyMap<string, Grant> {
    const grants = new Map<string, Grant>();
    for (const [tenant, names] of this.#roles) {
      // With many groups, most tenants have one role, which is sorted.
      const sorted = names.length < 2 ? names : roles.recognise(names).roles;
      grants.set(tenant, Object.freeze({ tenant, roles: Object.freeze(sorted) }));
    }
    return grants;
  }
}
