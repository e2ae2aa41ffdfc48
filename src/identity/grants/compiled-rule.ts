import type { Claims, Note } from './finding.ts';
import type { GrantSet } from './grant-set.ts';

/** A rule, or all rules for groups together, prepared at start. */
export interface CompiledRule {
  /** The claims that it reads, for the message of a token without grants. */
  readonly claims: readonly string[];
  /**
   * Adds the grants that the claims give.
   *
   * @returns why a granted tenant has no role, or `undefined`
   * @throws DenialError if the token is refused as a whole
   */
  read(claims: Claims, grants: GrantSet, note: Note | undefined): RoleProblem | undefined;
}

/** Why a grant has no role, in the form of `Principal.roleProblem`. */
export interface RoleProblem {
  readonly reason: 'role_missing' | 'role_unrecognized';
  readonly message: string;
}
