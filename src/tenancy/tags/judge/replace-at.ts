/** An object that holds `value` at a path; the value itself for an empty one. */
export function mapAt(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
}

/**
 * The same object with the value at a path replaced by what `write` makes of it (or left out, for `undefined`). What is
 * written comes first in each object on the way: what MLflow cannot read makes it drop every key behind it.
 */
export function replaceAt(
  body: Readonly<Record<string, unknown>>,
  path: readonly string[],
  write: (value: unknown) => unknown,
): Record<string, unknown> {
  const [name, ...inner] = path as [string, ...string[]];
  const { [name]: given, ...rest } = body;
  const value =
    inner.length === 0 ? write(given) : replaceAt((given ?? {}) as Record<string, unknown>, inner, write);
  return value === undefined ? rest : { [name]: value, ...rest };
}
