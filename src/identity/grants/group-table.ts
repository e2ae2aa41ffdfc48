import type { GroupTableRule, TableGrant } from './grant-rule.ts';
import type { Reading } from './group-pattern.ts';
import {
  claimProblems,
  entryPath,
  type RoleWords,
  roleProblems,
  sizeProblems,
  tenantProblems,
} from './problems.ts';

/** The problems of a rule. */
export function groupTableProblems(rule: GroupTableRule, path: string, roles: RoleWords): readonly string[] {
  return [
    ...claimProblems(rule.claim, `${path}.groups`),
    ...sizeProblems(rule.table.size, `${path}.table`),
    ...atMost(
      [...rule.table].flatMap(([group, grants]) =>
        entryProblems(group, grants, entryPath(`${path}.table`, group), roles),
      ),
      `${path}.table`,
    ),
  ];
}

/** A table with a wrong column would fill the log. */
function atMost(problems: readonly string[], path: string): readonly string[] {
  const more = problems.length - SHOWN;
  return more <= 0 ? problems : [...problems.slice(0, SHOWN), `${path}: and ${more} more problems`];
}

const SHOWN = 20;

function entryProblems(
  group: string,
  grants: readonly TableGrant[],
  path: string,
  roles: RoleWords,
): readonly string[] {
  const at = (i: number): string => (grants.length === 1 ? path : `${path}[${i}]`);
  return [
    ...(group.trim() === '' ? [`${path}: a group must not be blank`] : []),
    ...(grants.length === 0 ? [`${path}: has no grant`] : []),
    ...grants.flatMap(({ tenant, role }, i) => [
      ...tenantProblems(tenant, `${at(i)}.tenant`),
      ...roleProblems(role, `${at(i)}.role`, roles),
    ]),
  ];
}

/**
 * Compiles a table of groups: group -> grants. Groups are compared exactly, letter case included.
 *
 * @param rule without problems, see {@link groupTableProblems}
 */
export function compileGroupTable(
  rule: GroupTableRule,
  roles: RoleWords,
): ReadonlyMap<string, readonly Reading[]> {
  return new Map(
    [...rule.table].map(([group, grants]) => [
      group,
      grants.map(({ tenant, role }) => ({ tenant, role: roles.words.get(role) ?? role })),
    ]),
  );
}
