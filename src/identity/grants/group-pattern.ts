import { TENANT_PATTERN } from '../claims.ts';
import type { GroupPatternRule } from './grant-rule.ts';
import { claimProblems, lengthProblems, type RoleWords, roleProblems } from './problems.ts';
import { countOf, literalAt, parseTemplate, type TemplatePart, textBetween } from './template.ts';

/** One way to read a group. */
export interface Reading {
  readonly tenant: string;
  /** A role's name. */
  readonly role: string;
}

/** A pattern over the names of groups, prepared at start. */
export interface GroupPattern {
  /** Every way to read the group: none if it does not match, several if it is ambiguous. Linear in its length. */
  read(group: string): readonly Reading[];
  /** Why `read` returns nothing. */
  whyNot(group: string): string;
}

/** The problems of a rule. */
export function groupPatternProblems(
  rule: GroupPatternRule,
  path: string,
  roles: RoleWords,
): readonly string[] {
  const parts = parseTemplate(rule.pattern, ['tenant', 'role']);
  return [
    ...claimProblems(rule.claim, `${path}.groups`),
    ...lengthProblems(rule.pattern, `${path}.pattern`),
    ...(typeof parts === 'string' ? [parts] : shapeProblems(rule.pattern, parts, roles)).map(
      (problem) => `${path}.pattern: ${problem}`,
    ),
    ...(typeof parts === 'string' ? [] : fixedRoleProblems(rule, parts, path, roles)),
  ];
}

function shapeProblems(pattern: string, parts: readonly TemplatePart[], roles: RoleWords): readonly string[] {
  if (pattern.includes('*')) return ['has no *: {tenant} and {role} are what may differ between groups'];
  if (countOf(parts, 'tenant') !== 1) return ['must have {tenant} once, as in mlflow-{tenant}-{role}'];
  if (countOf(parts, 'role') === 0) return [];
  if (countOf(parts, 'role') > 1) return ['may have {role} only once, as in mlflow-{tenant}-{role}'];
  if (separatorOf(parts) === '') {
    return [
      'needs text between {tenant} and {role}, as in {tenant}-{role} or {tenant}/{role}: without it every group has several readings',
    ];
  }
  return shadowed(parts, roles).map(
    ([word, other]) =>
      `every group for the role ${JSON.stringify(word)} can also be read as ${JSON.stringify(other)} in another tenant. ` +
      'Separate {tenant} and {role} by a character that no tenant has, as in {tenant}/{role}, or rename the role or alias',
  );
}

function fixedRoleProblems(
  { role }: GroupPatternRule,
  parts: readonly TemplatePart[],
  path: string,
  roles: RoleWords,
): readonly string[] {
  if (countOf(parts, 'role') > 0) {
    return role === undefined ? [] : [`${path}.role: the pattern has {role}, so leave role out`];
  }
  if (role === undefined) return [`${path}.role: is required, since the pattern has no {role}`];
  return roleProblems(role, `${path}.role`, roles);
}

/**
 * Compiles a pattern over the names of groups. A group matches as a whole; a tenant is a valid tenant name, and a role is one of
 * the roles' names and aliases.
 *
 * A tenant may contain the text between the placeholders (`team-a` in `mlflow-{tenant}-{role}`), so that the group is read from
 * the role's side: of all the words that mean a role, those at that place. There is no backtracking.
 *
 * @param rule without problems, see {@link groupPatternProblems}
 * @example
 * compileGroupPattern({ kind: 'group-pattern', claim: 'groups', pattern: 'mlflow-{tenant}-{role}' }, createRoles())
 *   .read('mlflow-team-a-admin'); // [{ tenant: 'team-a', role: 'admin' }]
 */
export function compileGroupPattern(rule: GroupPatternRule, roles: RoleWords): GroupPattern {
  const parts = parseTemplate(rule.pattern, ['tenant', 'role']) as readonly TemplatePart[];
  const prefix = literalAt(parts, 0);
  const suffix = literalAt(parts, parts.length - 1);
  const inner = (group: string): string | undefined => textBetween(group, prefix, suffix);
  const splits =
    countOf(parts, 'role') === 0
      ? (text: string): readonly Reading[] => [{ tenant: text, role: roles.words.get(rule.role ?? '') ?? '' }]
      : splitter(parts, roles);
  return {
    read(group) {
      const text = inner(group);
      return text === undefined ? [] : splits(text).filter(isTenant);
    },
    whyNot(group) {
      const text = inner(group);
      if (text === undefined) return `it does not have the form ${rule.pattern}`;
      if (splits(text).length === 0)
        return `it does not have the form ${rule.pattern} with a role or an alias of one`;
      return 'the tenant in it would have characters that a tenant cannot have, or is too long';
    },
  };
}

const isTenant = ({ tenant }: Reading): boolean => TENANT_PATTERN.test(tenant);

/** Every split of a text at the separator with a word that means a role on its side. */
function splitter(parts: readonly TemplatePart[], roles: RoleWords): (text: string) => readonly Reading[] {
  const separator = separatorOf(parts);
  const lengths = [...new Set([...roles.words.keys()].map((word) => word.length))];
  const last = isRoleLast(parts);
  return (text) => {
    const readings: Reading[] = [];
    for (const length of lengths) {
      const tenantLength = text.length - separator.length - length;
      if (tenantLength < 1) continue;
      const at = last ? tenantLength : length;
      if (!text.startsWith(separator, at)) continue;
      const role = roles.words.get(last ? text.slice(-length) : text.slice(0, length));
      if (role === undefined) continue;
      readings.push({ tenant: last ? text.slice(0, tenantLength) : text.slice(-tenantLength), role });
    }
    return readings;
  };
}

/**
 * The role words with which every group has a second reading, each with the word of that reading: `data-steward` beside `steward`,
 * separated by `-`.
 */
function shadowed(parts: readonly TemplatePart[], roles: RoleWords): [string, string][] {
  const separator = separatorOf(parts);
  const words = [...roles.words.keys()];
  const last = isRoleLast(parts);
  return words.flatMap((word) => {
    const whole = last ? separator + word : word + separator;
    const other = words.find((one) => {
      const end = last ? separator + one : one + separator;
      const surplus = whole.length - end.length;
      if (surplus <= 0) return false;
      // The surplus becomes a part of the tenant, whatever the rest of it is.
      return last
        ? whole.endsWith(end) && TENANT_PATTERN.test(`x${whole.slice(0, surplus)}`)
        : whole.startsWith(end) && TENANT_PATTERN.test(whole.slice(-surplus));
    });
    return other === undefined ? [] : [[word, other]];
  });
}

function separatorOf(parts: readonly TemplatePart[]): string {
  return literalAt(parts, parts.findIndex((part) => 'placeholder' in part) + 1);
}

function isRoleLast(parts: readonly TemplatePart[]): boolean {
  const first = parts.find((part) => 'placeholder' in part);
  return first !== undefined && 'placeholder' in first && first.placeholder === 'tenant';
}
