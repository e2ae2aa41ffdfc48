/** A place where two values differ; a side without a value is absent. */
export interface Difference {
  /** Below the step: `data.tags.tenant`, `page[2].name`; empty for all of it. */
  readonly path: string;
  readonly straight?: unknown;
  readonly gateway?: unknown;
}

/**
 * All places where two JSON values differ, each as deep as it can be said. Lists of different lengths are one
 * difference: which of their entries belong together would be a guess.
 *
 * @example
 * compare({ a: [1, 2], b: 3 }, { a: [1, 4] });
 * // [{ path: 'a[1]', straight: 2, gateway: 4 }, { path: 'b', straight: 3 }]
 */
export function compare(straight: unknown, gateway: unknown, path = ''): Difference[] {
  if (Object.is(straight, gateway)) return [];
  if (Array.isArray(straight) && Array.isArray(gateway) && straight.length === gateway.length)
    return straight.flatMap((item, index) => compare(item, gateway[index], `${path}[${index}]`));
  if (isObject(straight) && isObject(gateway)) {
    const keys = new Set([...Object.keys(straight), ...Object.keys(gateway)]);
    return [...keys].flatMap((key) => {
      const below = path === '' ? key : `${path}.${key}`;
      if (!(key in gateway)) return [{ path: below, straight: straight[key] }];
      if (!(key in straight)) return [{ path: below, gateway: gateway[key] }];
      return compare(straight[key], gateway[key], below);
    });
  }
  return [{ path, straight, gateway }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
