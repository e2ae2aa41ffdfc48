import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import { collectRoles, compileClaim, parseTenantClaim, type RoleValues } from '../claims.ts';
import type { CompiledRule, RoleProblem } from './compiled-rule.ts';
import type { Claims, Note } from './finding.ts';
import type { TenantClaimRule } from './grant-rule.ts';
import { claimProblems, type RoleWords } from './problems.ts';

/** The problems of a rule. */
export function tenantClaimProblems(rule: TenantClaimRule, path: string): readonly string[] {
  return [
    ...claimProblems(rule.claim, `${path}.tenantClaim`),
    ...(rule.roleClaims.length === 0 ? [`${path}.roleClaims: at least one`] : []),
    ...rule.roleClaims.flatMap((name, i) => claimProblems(name, `${path}.roleClaims[${i}]`)),
  ];
}

/**
 * Compiles a rule that reads the tenant from one claim and the roles from others. The roles apply to each tenant of the claim.
 *
 * A claim that is there and is no valid tenant refuses the token as a whole, also if other rules would grant a tenant: half of an
 * answer is not what the provider meant.
 *
 * @example
 * compileTenantClaim({ kind: 'tenant-claim', claim: 'tenant_id', roleClaims: ['roles'], list: false }, 0, createRoles());
 */
export function compileTenantClaim(rule: TenantClaimRule, position: number, roles: RoleWords): CompiledRule {
  const { claim, roleClaims, list } = rule;
  const tenant = compileClaim(claim);
  const readers = roleClaims.map(compileClaim);
  return {
    claims: [claim],
    read(claims, grants, note) {
      const tenants = tenantsOf(tenant(claims), claim, list);
      if (tenants.length === 0) {
        note?.({ rule: position, claim, grants: [], why: 'the token has no such claim, or it is blank' });
        return undefined;
      }
      const found = collectRoles(claims, readers);
      const held = roles.recognise(found.values).roles;
      for (const name of tenants) {
        grants.add(name, held);
        note?.({ rule: position, claim, value: name, grants: [{ tenant: name, roles: held }] });
      }
      if (note !== undefined) noteRoles(claims, tenants, note);
      return held.length === 0 ? roleProblemOf(found, roleClaims) : undefined;
    },
  };

  function noteRoles(claims: Claims, tenants: readonly string[], note: Note): void {
    readers.forEach((reader, i) => {
      const name = roleClaims[i] ?? '';
      const { present, objects, values } = collectRoles(claims, [reader]);
      if (values.length === 0) {
        const why = !present
          ? 'the token has no such claim'
          : objects
            ? 'it is an object: send a list of role names, or text'
            : 'it has no text';
        note({ rule: position, claim: name, grants: [], why });
      }
      for (const value of values) {
        const role = roles.words.get(value);
        note({
          rule: position,
          claim: name,
          value,
          ...(role === undefined
            ? { grants: [], why: 'it is no role and no alias of one' }
            : { grants: tenants.map((one) => ({ tenant: one, roles: [role] })) }),
        });
      }
    });
  }
}

/** @returns none if the claim is missing */
function tenantsOf(value: unknown, name: string, list: boolean): readonly string[] {
  if (list && Array.isArray(value)) {
    const most = LIMITS.grantsPerPrincipal.value;
    if (value.length > most) {
      throw new DenialError('too_many_groups', `Tenant claim ${name} has more than ${most} tenants`);
    }
    return [...new Set(value.map((item) => parseItem(item, name)))];
  }
  try {
    return [parseTenantClaim(value, name)];
  } catch (error) {
    if (error instanceof DenialError && error.reason === 'tenant_claim_missing') return [];
    throw error;
  }
}

/** A blank in a list is not a missing claim. */
function parseItem(item: unknown, name: string): string {
  if (typeof item !== 'string' || item.trim() === '') {
    throw new DenialError(
      'tenant_claim_invalid',
      `Each tenant in the claim ${name} must be a string that is not blank`,
    );
  }
  return parseTenantClaim(item, name);
}

function roleProblemOf({ present, objects }: RoleValues, names: readonly string[]): RoleProblem {
  const list = names.join(', ');
  if (!present) return { reason: 'role_missing', message: `Missing role claim(s): ${list}` };
  const kind = objects ? '. An object was received: send a list of role names, or text.' : '';
  return { reason: 'role_unrecognized', message: `No recognized roles found in claim(s): ${list}${kind}` };
}
