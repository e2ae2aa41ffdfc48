/** Values of a chart, and what tests do with them. */
export type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Lays values over values as Helm does: maps are joined, everything else is replaced.
 *
 * @param lists `append` joins lists too, as somebody who adds entries to a values file by hand.
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

/** Several over one another: those that follow win. */
export const mergeAll = (...all: readonly object[]): Tree =>
  all.reduce<Tree>((below, above) => merge(below, above), {});

/** What stands at a path of values, as in `at(values, 'ingress.enabled')`. */
export function at(values: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((tree, key) => (isTree(tree) ? tree[key] : undefined), values);
}

/** A value at a path, as in `nested('ingress.enabled', true)`. */
export function nested(path: string, value: unknown): Tree {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree;
}
