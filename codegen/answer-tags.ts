import type { AnswerTags } from '../src/catalog/types.ts';
import type { Description, Schema } from './description.ts';

/** The name of the property with the tags of a resource, the same in all responses of MLflow. */
const TAGS = 'tags';
/** Messages of MLflow's protobuf services: their JSON omits an empty list or map. */
const PROTOBUF = '#/components/schemas/mlflow.';

/**
 * Finds every place that holds tags in the described response of an operation: a list of keys and values, a map, or a map
 * written as JSON in a string.
 *
 * @param schema of the response; `undefined` for one that is not JSON
 * @example
 * answerTags(description, schemaOfGetRun); // [{ path: ['run', 'data', 'tags'], form: 'list', leftOut: true }, ...]
 */
export function answerTags(description: Description, schema: Schema | undefined): AnswerTags[] {
  const schemas = description.components?.schemas ?? {};
  const found = new Map<string, AnswerTags>();
  const walk = (given: Schema, path: readonly string[], seen: readonly string[], proto: boolean): void => {
    const ref = given.$ref;
    if (ref !== undefined) {
      if (seen.includes(ref)) return;
      const target = schemas[ref.replace('#/components/schemas/', '')];
      if (target) walk(target, path, [...seen, ref], ref.startsWith(PROTOBUF));
      return;
    }
    for (const option of [...(given.anyOf ?? []), ...(given.oneOf ?? []), ...(given.allOf ?? [])])
      walk(option, path, seen, proto);
    if (given.items) walk(given.items, path, seen, proto);
    for (const [name, property] of Object.entries(given.properties ?? {})) {
      const at = [...path, name];
      const form = name === TAGS ? formOf(property) : undefined;
      if (form === undefined) walk(property, at, seen, proto);
      else found.set(at.join('.'), { path: at, form, ...(proto ? { leftOut: true as const } : {}) });
    }
  };
  if (schema !== undefined) walk(schema, [], [], false);
  return [...found.values()];
}

function formOf({ type, additionalProperties }: Schema): AnswerTags['form'] | undefined {
  if (type === 'array') return 'list';
  if (type === 'string') return 'json';
  return typeof additionalProperties === 'object' ? 'map' : undefined;
}
