import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import { type ClaimReader, compileClaim } from '../claims.ts';
import type { CompiledRule } from './compiled-rule.ts';
import type { Claims, Note } from './finding.ts';
import type { GroupPatternRule, GroupTableRule } from './grant-rule.ts';
import type { GrantSet } from './grant-set.ts';
import { compileGroupPattern, type GroupPattern, type Reading } from './group-pattern.ts';
import { compileGroupTable } from './group-table.ts';
import { isOverage, OVERAGE_MESSAGE } from './overage.ts';
import type { RoleWords } from './problems.ts';

/** A rule for groups, with its position in the issuer's list. */
export interface PositionedGroupRule {
  readonly position: number;
  readonly rule: GroupPatternRule | GroupTableRule;
}

/** One claim that lists groups, and all that reads it. */
interface GroupClaim {
  readonly name: string;
  readonly reader: ClaimReader;
  readonly patterns: { readonly position: number; readonly pattern: GroupPattern }[];
  readonly tables: { readonly position: number; readonly table: ReadonlyMap<string, readonly Reading[]> }[];
}

/**
 * Compiles all rules for groups of an issuer together, since a group may mean one tenant only: if the patterns for its claim, or
 * two splits of one pattern, read different tenants, it gives none of them. `mlflow-team-admin` is a viewer of `team-admin` by
 * `mlflow-{tenant}` and an admin of `team` by `mlflow-{tenant}-{role}`; nobody can know the meaning. A table names groups one by
 * one, so its grants are meant, and are added.
 *
 * A claim with one text is one group: it is not split, since the names of groups have blanks and commas.
 */
export function compileGroups(rules: readonly PositionedGroupRule[], roles: RoleWords): CompiledRule {
  const byClaim = new Map<string, GroupClaim>();
  for (const { position, rule } of rules) {
    const { claim: name } = rule;
    const claim = byClaim.get(name) ?? { name, reader: compileClaim(name), patterns: [], tables: [] };
    byClaim.set(name, claim);
    if (rule.kind === 'group-table') claim.tables.push({ position, table: compileGroupTable(rule, roles) });
    else claim.patterns.push({ position, pattern: compileGroupPattern(rule, roles) });
  }
  const groupClaims = [...byClaim.values()];
  return {
    claims: [...byClaim.keys()],
    read(claims, grants, note) {
      let count = 0;
      const lists = groupClaims.map((claim) => {
        const value = claim.reader(claims);
        if (isOverage(claims, claim.name, value)) throw new DenialError('groups_overage', OVERAGE_MESSAGE);
        const list = listOf(value);
        count += list.length;
        return list;
      });
      const most = LIMITS.groupsPerToken.value;
      if (count > most) {
        throw new DenialError(
          'too_many_groups',
          `The token has more than ${most} groups. Let the provider send only the groups of this application.`,
        );
      }
      groupClaims.forEach((claim, i) => {
        const list = lists[i] ?? [];
        if (note !== undefined && list.length === 0) noteWithout(claim, claims, note);
        for (const group of list) readGroup(claim, group, grants, note);
      });
      return undefined;
    },
  };
}

/**
 * The problems of patterns that exclude each other: of `mlflow-{tenant}` and `mlflow-{tenant}-{role}`, the second would never give a
 * grant, since the first reads every group of it too, as another tenant.
 *
 * @param pathOf the path of the rule at a position
 */
export function overlapProblems(
  rules: readonly PositionedGroupRule[],
  pathOf: (position: number) => string,
  roles: RoleWords,
): readonly string[] {
  const patterns = rules.flatMap(({ position, rule }) =>
    rule.kind === 'group-pattern' ? [{ position, rule, pattern: compileGroupPattern(rule, roles) }] : [],
  );
  return patterns.flatMap((one) => {
    const others = patterns.filter((other) => other !== one && other.rule.claim === one.rule.claim);
    const words = one.rule.pattern.includes('{role}') ? [...roles.words.keys()] : [''];
    const spoilers = words.map((word) => {
      const group = one.rule.pattern.replace('{tenant}', () => SAMPLE).replace('{role}', () => word);
      return others.find(({ pattern }) => pattern.read(group).some(({ tenant }) => tenant !== SAMPLE));
    });
    const [spoiler] = spoilers;
    if (spoiler === undefined || spoilers.includes(undefined)) return [];
    return [
      `${pathOf(one.position)}.pattern: ${pathOf(spoiler.position)}.pattern reads every group of it too, as another tenant, so that it ` +
        'gives no grant. Begin or end the patterns differently',
    ];
  });
}

/** A tenant that no pattern contains by chance. */
const SAMPLE = 'q7x0';

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'string' && value !== '' ? [value] : [];
}

function readGroup(claim: GroupClaim, group: unknown, grants: GrantSet, note: Note | undefined): void {
  if (typeof group !== 'string' || group.length > LIMITS.groupLength.value) {
    const why = typeof group === 'string' ? 'a group is too long' : 'a group is not text';
    for (const position of positionsOf(claim)) note?.({ rule: position, claim: claim.name, grants: [], why });
    return;
  }
  for (const { position, table } of claim.tables) {
    const found = table.get(group);
    for (const { tenant, role } of found ?? []) grants.add(tenant, [role]);
    note?.({
      rule: position,
      claim: claim.name,
      value: group,
      grants: (found ?? []).map(asGrant),
      ...(found === undefined ? { why: 'the table does not have it' } : {}),
    });
  }
  const byPattern = claim.patterns.map(({ pattern }) => pattern.read(group));
  const tenant = onlyTenant(byPattern);
  if (tenant !== undefined)
    for (const found of byPattern) for (const { role } of found) grants.add(tenant, [role]);
  if (note === undefined) return;
  const about = { claim: claim.name, value: group };
  for (const [i, { position, pattern }] of claim.patterns.entries()) {
    const found = byPattern[i] ?? [];
    if (found.length === 0) note({ ...about, rule: position, grants: [], why: pattern.whyNot(group) });
    else if (tenant !== undefined) note({ ...about, rule: position, grants: found.map(asGrant) });
    else note({ ...about, rule: position, grants: [], why: whyAmbiguous(byPattern.flat()) });
  }
}

/** The tenant on which all readings agree; `undefined` if there is none, or more than one. */
function onlyTenant(byPattern: readonly (readonly Reading[])[]): string | undefined {
  let only: string | undefined;
  for (const found of byPattern) {
    for (const { tenant } of found) {
      if (only !== undefined && only !== tenant) return undefined;
      only = tenant;
    }
  }
  return only;
}

function whyAmbiguous(readings: readonly Reading[]): string {
  const ways = readings.map(({ tenant, role }) => `${role} of ${tenant}`);
  return `it has several readings: ${ways.join(', ')}`;
}

function asGrant({ tenant, role }: Reading): { tenant: string; roles: string[] } {
  return { tenant, roles: [role] };
}

function positionsOf({ tables, patterns }: GroupClaim): number[] {
  return [...tables, ...patterns].map(({ position }) => position).sort((a, b) => a - b);
}

function noteWithout(claim: GroupClaim, claims: Claims, note: Note): void {
  const value = claim.reader(claims);
  const missing = value === undefined || value === null;
  const why = missing
    ? 'the token has no such claim'
    : Array.isArray(value) || value === ''
      ? 'it has no group'
      : 'it is neither a list nor text';
  for (const position of positionsOf(claim)) note({ rule: position, claim: claim.name, grants: [], why });
}
