/** Helpers for the values of a chart. */
export type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Merges values like Helm: joins maps and replaces everything else.
 *
 * @param lists `append` also joins lists, like a user who adds entries to a values file.
 * @example
 * merge({ a: { b: 1 } }, { a: { c: 2 } }); // { a: { b: 1, c: 2 } }
 */
export function merge(below: object, above: object, lists: 'replace' | 'append' = 'replace'): Tree {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = result[key];
    if (isTree(old) && isTree(value)) result[key] = merge(old, value, lists);
    else if (lists === 'append' && Array.isArray(old) && Array.isArray(value))
      result[key] = [...old, ...value];
    else result[key] = value;
  }
  return result;
}

/** Merges several values; the last wins. */
export const mergeAll = (...all: readonly object[]): Tree =>
  all.reduce<Tree>((below, above) => merge(below, above), {});

/** The value at a path, as in `at(values, 'ingress.enabled')`. */
export function at(values: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((tree, key) => (isTree(tree) ? tree[key] : undefined), values);
}

/** A value at a path, as in `nested('ingress.enabled', true)`. */
export function nested(path: string, value: unknown): Tree {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree;
}
