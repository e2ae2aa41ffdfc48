import { isPermission, PermissionSet } from './permissions.ts';
import { RolesError } from './roles-error.ts';
import { BUILT_IN_ROLES, PLATFORM_ADMIN, parseRolesFile, type RoleDefinition } from './roles-file.ts';

/** Configured claim values that mean a role. They are compared exactly, letter case included. */
export interface RolesOptions {
  readonly viewerAliases?: readonly string[];
  readonly contributorAliases?: readonly string[];
  readonly adminAliases?: readonly string[];
  /**
   * Values that mean platform-admin. They mean no role here: which of them a caller has, only the caller's issuer can say
   * (`compilePlatformAdmins`).
   */
  readonly platformAdminAliases?: readonly string[];
  /** The contents of a roles file (JSON), see `parseRolesFile`. */
  readonly policyFile?: string;
  /** Every permission of the catalog. With it, permissions that no operation needs are refused. */
  readonly knownPermissions?: Iterable<string>;
}

/** The roles that a caller's claim values mean. */
export interface Recognised {
  /** Role names, strongest first, each once. Never platform-admin. */
  readonly roles: readonly string[];
}

/** The roles of a gateway. Immutable; made once at start. */
export interface Roles {
  /** Every role's name, strongest first. */
  readonly names: readonly string[];
  /** Every value that means a role inside a tenant -> the role's name: names and aliases, without those of platform-admin. */
  readonly words: ReadonlyMap<string, string>;
  /** Turns claim values into roles. Values without a meaning are ignored. */
  recognise(values: readonly string[]): Recognised;
  /** Whether any of these roles has the permission. Unknown roles have none. */
  permitted(roles: readonly string[], permission: string): boolean;
  /** The strongest of these roles by name, for messages; `undefined` when none is known. */
  strongest(roles: readonly string[]): string | undefined;
  /**
   * The weakest built-in role with the permission, for messages. Roles of the roles file are internal to a site
   * and are not suggested to callers.
   */
  weakestFor(permission: string): string;
}

/**
 * Builds the roles from aliases and an optional roles file. Built in are viewer (`*:read`), contributor (adds
 * `*:write`, `*:promote`, `*:invoke`) and admin (adds `*:delete`, `*:manage`), each inside one tenant.
 *
 * A role's own name always means it. The exception is platform-admin, which has access to all tenants: it is no role of a tenant, and
 * no claim value means it here.
 *
 * @throws RolesError with every problem found: an invalid roles file, or a value that means two roles
 * @example
 * const roles = createRoles({ viewerAliases: ['ml-readers'], platformAdminAliases: ['mlops-root'] });
 * roles.recognise(['ml-readers']); // { roles: ['viewer'] }
 * roles.permitted(['viewer'], 'runs:write'); // false
 */
export function createRoles(options: RolesOptions = {}): Roles {
  const known = options.knownPermissions === undefined ? undefined : new Set(options.knownPermissions);
  const problems: string[] = [];
  for (const permission of known ?? []) {
    if (!isPermission(permission))
      problems.push(`catalog: ${JSON.stringify(permission)} is not a permission`);
  }
  const definitions = new Map<string, RoleDefinition>(Object.entries(BUILT_IN_ROLES));
  try {
    for (const [name, role] of parseRolesFile(options.policyFile ?? '{"roles":{}}', known)) {
      definitions.set(name, role);
    }
  } catch (error) {
    if (!(error instanceof RolesError)) throw error;
    problems.push(...error.problems);
  }
  const meanings = readAliases(options, definitions, problems);
  if (problems.length > 0) throw new RolesError(problems);

  const ranked = rank(definitions, known ?? []);
  return new CompiledRoles(ranked, meanings);
}

interface RankedRole {
  readonly name: string;
  readonly permissions: PermissionSet;
}

class CompiledRoles implements Roles {
  readonly names: readonly string[];
  readonly words: ReadonlyMap<string, string>;
  readonly #permissions: ReadonlyMap<string, PermissionSet>;
  readonly #order: ReadonlyMap<string, number>;
  readonly #meanings: ReadonlyMap<string, string>;

  constructor(ranked: readonly RankedRole[], meanings: ReadonlyMap<string, string>) {
    this.names = Object.freeze(ranked.map((role) => role.name));
    this.#permissions = new Map(ranked.map((role) => [role.name, role.permissions]));
    this.#order = new Map(this.names.map((name, i) => [name, i]));
    this.#meanings = meanings;
    this.words = new Map([...meanings].filter(([, role]) => role !== PLATFORM_ADMIN));
  }

  recognise(values: readonly string[]): Recognised {
    const found = new Set<string>();
    for (const value of values) {
      const role = this.#meanings.get(value);
      if (role !== undefined) found.add(role);
    }
    found.delete(PLATFORM_ADMIN);
    return { roles: this.#sorted([...found]) };
  }

  permitted(roles: readonly string[], permission: string): boolean {
    for (const role of roles) {
      if (this.#permissions.get(role)?.has(permission)) return true;
    }
    return false;
  }

  strongest(roles: readonly string[]): string | undefined {
    return this.#sorted(roles.filter((role) => this.#order.has(role)))[0];
  }

  weakestFor(permission: string): string {
    return Object.keys(BUILT_IN_ROLES).find((role) => this.permitted([role], permission)) ?? 'admin';
  }

  #sorted(roles: readonly string[]): string[] {
    return [...roles].sort((a, b) => this.#order.get(a)! - this.#order.get(b)!);
  }
}

function readAliases(
  options: RolesOptions,
  definitions: ReadonlyMap<string, RoleDefinition>,
  problems: string[],
): Map<string, string> {
  const meanings = new Map<string, string>();
  const give = (value: string, role: string, where: string): void => {
    if (value.trim() !== value || value === '') {
      problems.push(`${where}: ${JSON.stringify(value)} is blank, or starts or ends with a blank`);
      return;
    }
    const existing = meanings.get(value);
    if (existing === undefined) meanings.set(value, role);
    else if (existing !== role) problems.push(`${where}: ${JSON.stringify(value)} already means ${existing}`);
  };

  for (const name of definitions.keys()) give(name, name, `roles.${name}`);
  const configured = [
    ['viewer', options.viewerAliases],
    ['contributor', options.contributorAliases],
    ['admin', options.adminAliases],
    [PLATFORM_ADMIN, options.platformAdminAliases],
  ] as const;
  for (const [role, values] of configured) {
    for (const value of values ?? []) give(value, role, `${role} aliases`);
  }
  for (const [name, role] of definitions) {
    role.aliases.forEach((value, i) => {
      give(value, name, `roles.${name}.aliases[${i}]`);
    });
  }
  if ((meanings.get(PLATFORM_ADMIN) ?? PLATFORM_ADMIN) !== PLATFORM_ADMIN) {
    problems.push(
      `${meanings.get(PLATFORM_ADMIN)} aliases: "${PLATFORM_ADMIN}" must not be an alias of a lesser role`,
    );
  }
  return meanings;
}

/**
 * Strongest first: by the number of verbs that a role has on every resource, then by the number of other permissions.
 * Only messages and the audit log depend on this order; permissions are always the union of all roles of the caller.
 */
function rank(definitions: ReadonlyMap<string, RoleDefinition>, known: Iterable<string>): RankedRole[] {
  const all = [...known];
  return [...definitions.keys()]
    .map((name) => {
      const patterns = [...new Set(inherited(name, definitions))];
      return { name, permissions: new PermissionSet(patterns, all), listed: patterns.length };
    })
    .sort((a, b) => b.permissions.verbs.length - a.permissions.verbs.length || b.listed - a.listed);
}

function inherited(name: string, definitions: ReadonlyMap<string, RoleDefinition>): string[] {
  const patterns: string[] = [];
  let role = definitions.get(name);
  while (role !== undefined) {
    patterns.push(...role.permissions);
    role = role.extends === undefined ? undefined : definitions.get(role.extends);
  }
  return patterns;
}
