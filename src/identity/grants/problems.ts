import { LIMITS } from '../../limits.ts';
import type { Roles } from '../../rbac/roles.ts';
import { compileClaim, TENANT_PATTERN } from '../claims.ts';

/** The part of the roles that rules need. */
export type RoleWords = Pick<Roles, 'recognise' | 'words' | 'names'>;

/** A problem of a claim's name. @param path of the field, as in `grants[0].groups` */
export function claimProblems(name: string, path: string): readonly string[] {
  try {
    compileClaim(name);
    return [];
  } catch (error) {
    return [`${path}: ${(error as Error).message}`];
  }
}

/** A problem of a role that a rule names. */
export function roleProblems(role: string, path: string, roles: RoleWords): readonly string[] {
  if (roles.words.has(role)) return [];
  return [
    `${path}: ${JSON.stringify(role)} is no role and no alias of one; roles: ${roles.names.join(', ')}`,
  ];
}

/** A problem of a tenant that a rule names. */
export function tenantProblems(tenant: string, path: string): readonly string[] {
  if (TENANT_PATTERN.test(tenant)) return [];
  return [
    `${path}: ${JSON.stringify(tenant)} is not a tenant: 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit`,
  ];
}

/** A problem of a pattern's length: a longer one matches no value that is read. */
export function lengthProblems(pattern: string, path: string): readonly string[] {
  const most = LIMITS.groupLength.value;
  return pattern.length <= most ? [] : [`${path}: must have at most ${most} characters`];
}

/** A problem of a table's size. */
export function sizeProblems(size: number, path: string): readonly string[] {
  const most = LIMITS.groupTableEntries.value;
  if (size > most) return [`${path}: must have at most ${most} entries`];
  return size > 0 ? [] : [`${path}: has no entry`];
}

/** The path of an entry of a map, as in `grants[0].table["0b1c"]`. */
export function entryPath(path: string, key: string): string {
  return `${path}[${JSON.stringify(key)}]`;
}
