import type { JsonPath } from '../../src/catalog/json-path.ts';
import type { Field } from '../../src/catalog/types.ts';

/** The leaves: fields that contain no others. */
export function leavesOf(field: Field): readonly Field[] {
  return field.fields === undefined ? [field] : field.fields.flatMap(leavesOf);
}

/** The field at a path. */
export function fieldAt(fields: readonly Field[], path: JsonPath): Field | undefined {
  const [name, ...rest] = path;
  const field = fields.find((one) => one.name === name);
  return rest.length === 0 ? field : field && fieldAt(field.fields ?? [], rest);
}
