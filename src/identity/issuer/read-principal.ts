import { unauthorized } from '../bearer.ts';
import { compileClaim, isSubject } from '../claims.ts';
import { compileGrants } from '../grants/compile-grants.ts';
import type { RoleWords } from '../grants/problems.ts';
import { type Principal, tokenFacts } from '../principal.ts';
import type { IssuerConfig } from './issuer-config.ts';
import { compilePlatformAdmins } from './platform-admins.ts';

/** Makes the principal from verified claims. */
export type PrincipalReader = (
  claims: Readonly<Record<string, unknown>>,
  /** The issuer that made the claims. */
  issuer: string,
) => Principal;

/**
 * Compiles how an issuer's claims become a principal: subject, grants, platform-admin. The reader throws DenialErrors: those of the
 * grants, and `subject_invalid`.
 *
 * @param config without problems, see `checkIssuer`
 * @example
 * const read = createPrincipalReader(config, createRoles());
 * read(claims, 'https://idp.example').subject; // 'alice'
 */
export function createPrincipalReader(
  config: Pick<IssuerConfig, 'subjectClaim' | 'grants' | 'platformAdmins'>,
  roles: RoleWords,
): PrincipalReader {
  const subjectOf = compileClaim(config.subjectClaim);
  const grantsOf = compileGrants(config.grants, roles);
  const isPlatformAdmin = compilePlatformAdmins(config.platformAdmins);
  return (claims, issuer) => {
    const { grants, refusal, roleProblem } = grantsOf(claims);
    if (refusal !== undefined) throw unauthorized(refusal.reason, refusal.message);
    const subject = subjectOf(claims);
    if (!isSubject(subject)) {
      throw unauthorized(
        'subject_invalid',
        `Claim ${config.subjectClaim} must be a string of 1 to 255 printable characters`,
      );
    }
    const platformAdmin = isPlatformAdmin(claims);
    const principal = { subject, issuer, token: tokenFacts(claims), grants, platformAdmin };
    // A platform-admin needs no role.
    return Object.freeze(
      platformAdmin || roleProblem === undefined ? principal : { ...principal, roleProblem },
    );
  };
}
