import type { Sources } from './dump.ts';

/** A function of MLflow with a source that no other surveyed version has. */
export interface ChangedFunction {
  /** `server/handlers.py:123`. */
  readonly place: string;
  readonly name: string;
  readonly isNew: boolean;
  /** The operations that reach it, and that another version has. */
  readonly operations: readonly string[];
  /** Those of them whose handler it is. */
  readonly handles: readonly string[];
}

/**
 * The functions that the operations of one version reach and that differ from those of every other version: a person has read none of
 * them. A handler that reads an old field in a new way is among them, and nowhere else.
 *
 * @param operations - the operations to look at: those that another version has, under the names of the version's own dump
 * @example
 * changedFunctions(sources3_18, [sources3_17], new Set(['getRun'])); // [{ place: 'server/handlers.py:12', name: '_get_run', ... }]
 */
export function changedFunctions(
  sources: Sources,
  others: readonly Sources[],
  operations: ReadonlySet<string>,
): ChangedFunction[] {
  const known = new Map<string, Set<string>>();
  for (const { functions } of others) {
    for (const [file, name, , digest] of functions) {
      const key = `${file}:${name}`;
      known.set(key, (known.get(key) ?? new Set()).add(digest));
    }
  }
  const reachedBy = new Map<number, string[]>();
  for (const [operation, handlers] of Object.entries(sources.operations)) {
    if (!operations.has(operation)) continue;
    for (const at of closure(sources, handlers)) reachedBy.set(at, [...(reachedBy.get(at) ?? []), operation]);
  }
  return [...reachedBy]
    .sort(([a], [b]) => a - b)
    .flatMap(([at, reached]) => {
      const found = sources.functions[at];
      if (found === undefined) return [];
      const [file, name, line, digest] = found;
      const digests = known.get(`${file}:${name}`);
      if (digests?.has(digest)) return [];
      const handles = reached.filter((operation) => sources.operations[operation]?.includes(at));
      return [{ place: `${file}:${line}`, name, isNew: digests === undefined, operations: reached, handles }];
    });
}

function closure({ functions }: Sources, start: readonly number[]): ReadonlySet<number> {
  const found = new Set<number>();
  const todo = [...start];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    if (found.has(at)) continue;
    found.add(at);
    todo.push(...(functions[at]?.[4] ?? []));
  }
  return found;
}
