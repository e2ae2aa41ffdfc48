/** A value of a YAML or JSON file, before its fields are known. */
export type Tree = string | number | boolean | null | readonly Tree[] | TreeMap;

/** A map of the file. Not an object: `__proto__` is a key like any other. */
export type TreeMap = ReadonlyMap<string, Tree>;

export function isList(value: Tree): value is readonly Tree[] {
  return Array.isArray(value);
}

export function isMap(value: Tree): value is TreeMap {
  return value instanceof Map;
}

/** The value as `JSON.parse` makes it. */
export function toJson(value: Tree): unknown {
  if (isList(value)) return value.map(toJson);
  if (isMap(value)) return Object.fromEntries([...value].map(([key, item]) => [key, toJson(item)]));
  return value;
}

/**
 * The kind of a value with its article, for messages.
 *
 * @example
 * kindOf([]); // 'a list'
 */
export function kindOf(value: Tree): string {
  if (value === null) return 'empty';
  if (isList(value)) return 'a list';
  if (isMap(value)) return 'a map';
  return { string: 'text', number: `the number ${value}`, boolean: `the word ${value}` }[
    typeof value as 'string' | 'number' | 'boolean'
  ];
}
