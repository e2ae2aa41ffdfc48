/**
 * The verbs of permissions. The set is closed, so that no role gets an operation with a new verb by accident: a change
 * that adds a verb here must decide in `roles.ts` which roles have it.
 */
export const VERBS = ['read', 'write', 'promote', 'invoke', 'delete', 'manage'] as const;

/** One of {@link VERBS}. */
export type Verb = (typeof VERBS)[number];

const RESOURCE = /^[a-z][a-z0-9-]{0,62}$/;
const KNOWN_VERBS: ReadonlySet<string> = new Set(VERBS);

/**
 * True for a well-formed permission: `resource:verb`, the resource in lower-case kebab case, the verb one of
 * {@link VERBS}.
 *
 * @example
 * isPermission('registered-models:write'); // true
 * isPermission('runs:*'); // false: a pattern
 */
export function isPermission(text: string): boolean {
  const parts = split(text);
  return parts !== undefined && RESOURCE.test(parts.resource) && KNOWN_VERBS.has(parts.verb);
}

/**
 * True for a pattern that a role may list: a permission, `resource:*`, `*:verb`, or `*` for everything.
 *
 * @example
 * isPermissionPattern('*:read'); // true
 * isPermissionPattern('run*:read'); // false: a star stands for a whole part
 */
export function isPermissionPattern(text: string): boolean {
  if (text === '*') return true;
  const parts = split(text);
  return (
    parts !== undefined &&
    (parts.resource === '*' || RESOURCE.test(parts.resource)) &&
    (parts.verb === '*' || KNOWN_VERBS.has(parts.verb))
  );
}

/**
 * Whether a well-formed pattern covers a well-formed permission.
 *
 * @example
 * matchesPermission('runs:*', 'runs:delete'); // true
 * matchesPermission('*:read', 'runs:delete'); // false
 */
export function matchesPermission(pattern: string, permission: string): boolean {
  if (pattern === '*' || pattern === permission) return true;
  const want = split(pattern);
  const have = split(permission);
  if (want === undefined || have === undefined) return false;
  return (
    (want.resource === '*' || want.resource === have.resource) &&
    (want.verb === '*' || want.verb === have.verb)
  );
}

/**
 * A compiled list of patterns. Every request uses it, so a check costs a few `Set` lookups for a list of any length, and
 * one with `known` (the catalog's permissions).
 *
 * @example
 * new PermissionSet(['*:read', 'runs:delete']).has('runs:delete'); // true
 */
export class PermissionSet {
  readonly #all: boolean;
  readonly #exact: Set<string>;
  readonly #resources = new Set<string>();
  readonly #verbs = new Set<string>();

  constructor(patterns: readonly string[], known: Iterable<string> = []) {
    this.#exact = new Set(patterns.filter(isPermission));
    this.#all = patterns.some((pattern) => pattern === '*' || pattern === '*:*');
    for (const pattern of patterns) {
      const parts = split(pattern);
      if (parts === undefined) continue;
      if (parts.resource === '*') this.#verbs.add(parts.verb);
      else if (parts.verb === '*') this.#resources.add(parts.resource);
    }
    for (const permission of known) {
      if (this.has(permission)) this.#exact.add(permission);
    }
  }

  has(permission: string): boolean {
    if (this.#exact.has(permission)) return true;
    const parts = split(permission);
    if (parts === undefined) return false;
    return this.#all || this.#verbs.has(parts.verb) || this.#resources.has(parts.resource);
  }

  /** The verbs that it has on every resource. */
  get verbs(): readonly Verb[] {
    return VERBS.filter((verb) => this.#all || this.#verbs.has(verb));
  }
}

function split(text: string): { readonly resource: string; readonly verb: string } | undefined {
  const colon = text.indexOf(':');
  if (colon === -1 || text.indexOf(':', colon + 1) !== -1) return undefined;
  return { resource: text.slice(0, colon), verb: text.slice(colon + 1) };
}
