/** Names from the root of a JSON value to a place in it. */
export type JsonPath = readonly string[];

/** Splits a path as the policy writes it: names with dots between. */
export function splitPath(dotted: string): JsonPath {
  return dotted.split('.');
}

/**
 * The value at a path; `undefined` if there is none.
 *
 * @param path names, or the same with dots between
 * @example
 * valueAt({ run: { info: { run_id: 'r' } } }, 'run.info.run_id'); // 'r'
 */
export function valueAt(json: unknown, path: JsonPath | string): unknown {
  let at = json;
  for (const name of typeof path === 'string' ? splitPath(path) : path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** The string (or number, as a string) at a path. */
export function textAt(json: unknown, path: JsonPath | string): string | undefined {
  const value = valueAt(json, path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** All values at a path that passes through lists. */
export function valuesAt(json: unknown, path: JsonPath): unknown[] {
  if (Array.isArray(json)) return json.flatMap((item) => valuesAt(item, path));
  const [name, ...rest] = path;
  if (name === undefined) return [json];
  if (typeof json !== 'object' || json === null) return [];
  return valuesAt((json as Record<string, unknown>)[name], rest);
}

/** An object that holds `value` at a path; the value itself for an empty path. */
export function wrapAt(path: JsonPath, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
}

/**
 * A copy of an object in which `write` replaces the value at a path; without the property if `write` returns `undefined`.
 *
 * The property that is written comes first in each object on the way: protobuf drops every key that follows one that it cannot
 * parse.
 */
export function replaceAt(
  json: Readonly<Record<string, unknown>>,
  path: JsonPath,
  write: (value: unknown) => unknown,
): Record<string, unknown> {
  const [name, ...inner] = path;
  if (name === undefined) throw new Error('the root cannot be replaced');
  const { [name]: given, ...rest } = json;
  const value =
    inner.length === 0 ? write(given) : replaceAt((given ?? {}) as Record<string, unknown>, inner, write);
  return value === undefined ? rest : { [name]: value, ...rest };
}
