import { type Denial, DenialError } from '../../denial.ts';
import type { Grant } from '../principal.ts';
import { claimPatternProblems, compileClaimPattern } from './claim-pattern.ts';
import type { CompiledRule, RoleProblem } from './compiled-rule.ts';
import type { Claims, Note } from './finding.ts';
import type { GrantRule } from './grant-rule.ts';
import { GrantSet } from './grant-set.ts';
import { groupPatternProblems } from './group-pattern.ts';
import { groupTableProblems } from './group-table.ts';
import { compileGroups, overlapProblems, type PositionedGroupRule } from './groups.ts';
import { compileNamespace, namespaceProblems } from './namespace.ts';
import type { RoleWords } from './problems.ts';
import { compileTenantClaim, tenantClaimProblems } from './tenant-claim.ts';

/** The grants of a token's claims. */
export interface FoundGrants {
  /** Tenant -> roles, the union over all rules. Empty with a `refusal`. */
  readonly grants: ReadonlyMap<string, Grant>;
  /** Why the token is refused: no grant, an invalid tenant, too many groups, or groups that the provider left out. All are 401. */
  readonly refusal?: Pick<Denial, 'reason' | 'message'> | undefined;
  /** Set if a grant has no role: the denial when a permission is needed. */
  readonly roleProblem?: RoleProblem | undefined;
}

/** Reads the grants from the claims of a verified token. With `note`, every value's effect is reported, for `explain`. */
export type GrantReader = (claims: Claims, note?: Note) => FoundGrants;

/**
 * The problems of a rule, one line each, starting with the path in the identity file.
 *
 * @param path of the rule, as in `issuers[0].grants[1]`
 * @example
 * problemsOf({ kind: 'group-pattern', claim: 'groups', pattern: '{tenant}{role}' }, 'grants[0]', createRoles());
 * // ['grants[0].pattern: needs text between {tenant} and {role}, ...']
 */
export function problemsOf(rule: GrantRule, path: string, roles: RoleWords): readonly string[] {
  switch (rule.kind) {
    case 'tenant-claim':
      return tenantClaimProblems(rule, path);
    case 'group-pattern':
      return groupPatternProblems(rule, path, roles);
    case 'group-table':
      return groupTableProblems(rule, path, roles);
    case 'namespace':
      return namespaceProblems(rule, path, roles);
    case 'claim-pattern':
      return claimPatternProblems(rule, path, roles);
  }
}

/**
 * The problems of all rules of an issuer: those of each, and patterns for groups that exclude each other.
 *
 * @param path of the list, as in `issuers[0].grants`
 * @example
 * problemsOfAll([], 'issuers[0].grants', createRoles()); // ['issuers[0].grants: at least one']
 */
export function problemsOfAll(
  rules: readonly GrantRule[],
  path: string,
  roles: RoleWords,
): readonly string[] {
  if (rules.length === 0) return [`${path}: at least one`];
  const pathOf = (position: number): string => `${path}[${position}]`;
  const problems = rules.flatMap((rule, i) => problemsOf(rule, pathOf(i), roles));
  return problems.length > 0 ? problems : overlapProblems(groupRulesOf(rules), pathOf, roles);
}

/**
 * Prepares the rules of one issuer. The result is pure and synchronous; its work is linear in the size of the claims.
 *
 * @param rules without problems, see {@link problemsOfAll}
 * @example
 * const read = compileGrants(
 *   [{ kind: 'group-pattern', claim: 'groups', pattern: 'mlflow-{tenant}-{role}' }], createRoles());
 * read({ groups: ['mlflow-vision-viewer', 'mlflow-speech-admin'] }).grants;
 * // vision -> viewer, speech -> admin
 */
export function compileGrants(rules: readonly GrantRule[], roles: RoleWords): GrantReader {
  const compiled = compileRules(rules, roles);
  const missing = missingMessage(rules, compiled);
  return (claims, note) => {
    const grants = new GrantSet();
    let roleProblem: RoleProblem | undefined;
    try {
      for (const rule of compiled) roleProblem = rule.read(claims, grants, note) ?? roleProblem;
    } catch (error) {
      if (!(error instanceof DenialError)) throw error;
      return { grants: NONE, refusal: { reason: error.reason, message: error.message } };
    }
    const found = grants.grants(roles);
    if (found.size === 0)
      return { grants: NONE, refusal: { reason: 'tenant_claim_missing', message: missing } };
    for (const grant of found.values()) {
      if (grant.roles.length === 0) return { grants: found, roleProblem };
    }
    return { grants: found };
  };
}

const NONE: ReadonlyMap<string, Grant> = new Map();

function compileRules(rules: readonly GrantRule[], roles: RoleWords): readonly CompiledRule[] {
  const compiled = rules.flatMap((rule, position): CompiledRule[] => {
    switch (rule.kind) {
      case 'tenant-claim':
        return [compileTenantClaim(rule, position, roles)];
      case 'namespace':
        return [compileNamespace(rule, position, roles)];
      case 'claim-pattern':
        return [compileClaimPattern(rule, position, roles)];
      default:
        return [];
    }
  });
  const groups = groupRulesOf(rules);
  return groups.length === 0 ? compiled : [...compiled, compileGroups(groups, roles)];
}

function groupRulesOf(rules: readonly GrantRule[]): readonly PositionedGroupRule[] {
  return rules.flatMap((rule, position) =>
    rule.kind === 'group-pattern' || rule.kind === 'group-table' ? [{ position, rule }] : [],
  );
}

/** The message of a token without grants. For one tenant claim it has the words that clients of the seed know. */
function missingMessage(rules: readonly GrantRule[], compiled: readonly CompiledRule[]): string {
  const [only, ...more] = rules;
  if (only?.kind === 'tenant-claim' && more.length === 0) return `Missing tenant claim: ${only.claim}`;
  const names = [...new Set(compiled.flatMap(({ claims }) => claims))];
  const list = names.slice(0, NAMED_CLAIMS).join(', ') + (names.length > NAMED_CLAIMS ? ', ...' : '');
  return `No claim of the token grants a tenant. Claims looked at: ${list}`;
}

/** Claims in the message. */
const NAMED_CLAIMS = 10;
