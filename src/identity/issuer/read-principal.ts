import { DenialError } from '../../denial.ts';
import type { Roles } from '../../rbac/roles.ts';
import { unauthorized } from '../bearer.ts';
import { collectRoles, compileClaim, isSubject, parseTenantClaim, type RoleValues } from '../claims.ts';
import type { TenantClaimRule } from '../grants/grant-rule.ts';
import type { Grant, Principal } from '../principal.ts';
import type { IssuerConfig } from './issuer-config.ts';
import { compilePlatformAdmins } from './platform-admins.ts';

/** Makes the principal from verified claims. */
export type PrincipalReader = (
  claims: Readonly<Record<string, unknown>>,
  /** The issuer that made the claims. */
  issuer: string,
) => Principal;

/**
 * Compiles how an issuer's claims become a principal: subject, grants, platform-admin. The reader throws DenialErrors: `subject_invalid`
 * and those of the grants.
 *
 * @throws Error for a claim name or rule that is not valid
 * @example
 * const read = createPrincipalReader(config, createRoles());
 * read(claims, 'https://idp.example').subject; // 'alice'
 */
export function createPrincipalReader(
  config: Pick<IssuerConfig, 'subjectClaim' | 'grants' | 'platformAdmins'>,
  roles: Pick<Roles, 'recognise'>,
): PrincipalReader {
  const subjectOf = compileClaim(config.subjectClaim);
  const grantsOf = compileTenantClaims(config.grants as readonly TenantClaimRule[], roles);
  const isPlatformAdmin = compilePlatformAdmins(config.platformAdmins);
  return (claims, issuer) => {
    const { grants, roleProblem } = grantsOf(claims);
    const subject = subjectOf(claims);
    if (!isSubject(subject)) {
      throw unauthorized(
        'subject_invalid',
        `Claim ${config.subjectClaim} must be a string of 1 to 255 printable characters`,
      );
    }
    const platformAdmin = isPlatformAdmin(claims);
    const principal = { subject, issuer, grants, platformAdmin };
    // A platform-admin needs no role.
    return Object.freeze(
      platformAdmin || roleProblem === undefined ? principal : { ...principal, roleProblem },
    );
  };
}

interface Read {
  readonly grants: Principal['grants'];
  readonly roleProblem: Principal['roleProblem'];
}

function compileTenantClaims(
  [rule]: readonly TenantClaimRule[],
  roles: Pick<Roles, 'recognise'>,
): (claims: Readonly<Record<string, unknown>>) => Read {
  if (rule === undefined) throw new Error('grants: at least one rule');
  const tenantOf = compileClaim(rule.claim);
  const readers = rule.roleClaims.map(compileClaim);
  return (claims) => {
    const tenant = refusing(() => parseTenantClaim(tenantOf(claims), rule.claim));
    const found = collectRoles(claims, readers);
    const recognised = roles.recognise(found.values).roles;
    const grant: Grant = Object.freeze({ tenant, roles: Object.freeze([...recognised]) });
    return {
      grants: new Map([[tenant, grant]]),
      roleProblem: recognised.length > 0 ? undefined : problemOf(found, rule.roleClaims),
    };
  };
}

function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof DenialError ? unauthorized(error.reason, error.message) : error;
  }
}

function problemOf(
  { present, objects }: RoleValues,
  names: readonly string[],
): NonNullable<Principal['roleProblem']> {
  const list = names.join(', ');
  if (!present) return { reason: 'role_missing', message: `Missing role claim(s): ${list}` };
  const kind = objects ? '. An object was received: send a list of role names, or text.' : '';
  return { reason: 'role_unrecognized', message: `No recognized roles found in claim(s): ${list}${kind}` };
}
