import { z } from 'zod';
import { memberPath, readJsonFile } from '../request/json/configuration-file.ts';
import { isPermissionPattern, matchesPermission } from './permissions.ts';
import { RolesError } from './roles-error.ts';

/** A role in the roles file. */
export interface RoleDefinition {
  /** The parent role; its permissions are included. */
  readonly extends?: string | undefined;
  /** Permission patterns, see `isPermissionPattern`. */
  readonly permissions: readonly string[];
  /** Claim values that map to this role, besides its own name. */
  readonly aliases: readonly string[];
}

/** The built-in roles, weakest first. They cannot be redefined. */
export const BUILT_IN_ROLES = {
  viewer: { permissions: ['*:read'], aliases: [] },
  contributor: { extends: 'viewer', permissions: ['*:write', '*:promote', '*:invoke'], aliases: [] },
  admin: { extends: 'contributor', permissions: ['*:delete', '*:manage'], aliases: [] },
} as const satisfies Record<string, RoleDefinition>;

/** Not a role inside a tenant, so a roles file cannot define it. */
export const PLATFORM_ADMIN = 'platform-admin';

/** The longest claim value that is read, and so the longest useful alias. In UTF-16 code units. */
const MAX_ALIAS_LENGTH = 512;

const ROLE_NAME = /^[a-z][a-z0-9-]{0,62}$/;

const alias = z
  .string()
  .max(MAX_ALIAS_LENGTH)
  .refine(
    (value) => value.trim() === value && value !== '',
    'must not be blank, nor start or end with a blank',
  );

const fileSchema = z.strictObject({
  roles: z.record(
    z.string().regex(ROLE_NAME, 'a role name is lower-case letters, digits and dashes'),
    z.strictObject({
      extends: z.string().optional(),
      permissions: z
        .array(
          z.string().refine(isPermissionPattern, {
            error: (issue) =>
              `${JSON.stringify(issue.input)} is not a permission (resource:verb, resource:*, *:verb or *)`,
          }),
        )
        .default([]),
      aliases: z.array(alias).default([]),
    }),
  ),
});

/**
 * Reads a roles file: JSON that defines roles beside the built-in ones.
 *
 * Strict: unknown and repeated keys, built-in names, unknown parents, cycles and patterns that cover no permission
 * of the catalog are all refused, and reported together. YAML is not supported: every YAML tool can write JSON.
 *
 * @param text the file's contents
 * @param known the catalog's permissions; without it, patterns are only checked for their form
 * @throws RolesError with every problem found
 * @example
 * parseRolesFile('{"roles":{"data-steward":{"extends":"viewer","permissions":["runs:delete"]}}}');
 */
export function parseRolesFile(text: string, known?: ReadonlySet<string>): Map<string, RoleDefinition> {
  const document = readJsonFile(text, 'roles file', (problem) => new RolesError([problem]));
  const parsed = fileSchema.safeParse(document);
  if (!parsed.success) {
    throw new RolesError(parsed.error.issues.flatMap((issue) => describe(issue)));
  }
  const roles = new Map<string, RoleDefinition>(Object.entries(parsed.data.roles));
  const written = Object.keys((document as { readonly roles: object }).roles);
  const problems = [
    // zod silently drops a key named __proto__.
    ...written.filter((name) => !roles.has(name)).map((name) => `roles.${name}: not a role name`),
    ...[...roles].flatMap(([name, role]) => [
      ...reservedName(name),
      ...unknownParent(name, role, roles),
      ...unknownPermissions(name, role, known),
    ]),
    ...cycles(roles),
  ];
  if (problems.length > 0) throw new RolesError(problems);
  return roles;
}

function describe(issue: z.core.$ZodIssue): string[] {
  const at = memberPath(issue.path, 'roles file');
  // A bad key of a record hides the reason one level down.
  if (issue.code === 'invalid_key') return issue.issues.map((inner) => `${at}: ${inner.message}`);
  return [`${at}: ${issue.message}`];
}

function reservedName(name: string): string[] {
  if (name === PLATFORM_ADMIN)
    return [`roles.${name}: is not a role inside a tenant; it is given by aliases only`];
  return Object.hasOwn(BUILT_IN_ROLES, name) ? [`roles.${name}: a built-in role cannot be redefined`] : [];
}

function unknownParent(
  name: string,
  role: RoleDefinition,
  roles: ReadonlyMap<string, RoleDefinition>,
): string[] {
  const parent = role.extends;
  if (parent === undefined || roles.has(parent) || Object.hasOwn(BUILT_IN_ROLES, parent)) return [];
  return [`roles.${name}.extends: there is no role ${JSON.stringify(parent)}`];
}

function unknownPermissions(
  name: string,
  role: RoleDefinition,
  known: ReadonlySet<string> | undefined,
): string[] {
  if (known === undefined) return [];
  const all = [...known];
  return role.permissions.flatMap((pattern, i) =>
    all.some((permission) => matchesPermission(pattern, permission))
      ? []
      : [`roles.${name}.permissions[${i}]: no operation needs ${JSON.stringify(pattern)}`],
  );
}

function cycles(roles: ReadonlyMap<string, RoleDefinition>): string[] {
  const problems: string[] = [];
  const reported = new Set<string>();
  for (const start of roles.keys()) {
    const trail: string[] = [];
    let name: string | undefined = start;
    while (name !== undefined && !trail.includes(name)) {
      trail.push(name);
      name = roles.get(name)?.extends;
    }
    if (name !== start || reported.has(start)) continue;
    for (const member of trail) reported.add(member);
    problems.push(`roles.${start}.extends: forms a cycle: ${[...trail, start].join(' -> ')}`);
  }
  return problems;
}
