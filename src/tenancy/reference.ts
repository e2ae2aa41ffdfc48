/** A resource of MLflow by kind and id. */
export interface ResourceKey {
  readonly kind: string;
  readonly id: string;
}

/** A value of a request that names a resource, with the field that it stands in. */
export interface Reference extends ResourceKey {
  readonly at: string;
  /** The caller chose the id, so that the resource may not exist yet. */
  readonly mayBeNew?: true;
}

/** The tenant of a request, and which resources count as its own. */
export interface Caller {
  readonly tenant: string;
  /** Whether shared experiments count as the tenant's own. */
  readonly shared: boolean;
}

/**
 * The key of a resource as one string, for maps, sets and name locks.
 *
 * @example
 * keyOf({ kind: 'run', id: 'abc' }); // 'run\nabc'
 */
export function keyOf({ kind, id }: ResourceKey): string {
  return `${kind}\n${id}`;
}

/**
 * Adds a key to those seen.
 *
 * @returns whether it was not among them
 */
export function isNew(seen: Set<string>, key: string): boolean {
  const before = seen.size;
  return seen.add(key).size > before;
}
