import { type JsonPath, splitPath } from '../../src/catalog/json-path.ts';
import type { Field, FieldClass, Stamp, TagItem, TagPlace } from '../../src/catalog/types.ts';
import { fieldAt } from './fields.ts';

/**
 * The place of the tenant tag in a body: the given one, or the first list of tags.
 *
 * @param at a dotted path, if the policy names the place
 * @returns `undefined` for a body without tags, or with one tag by its key and value
 */
export function stampIn(
  bodyFields: readonly Field[],
  at: string | undefined,
  item: TagItem,
): Stamp | undefined {
  if (at !== undefined) {
    const path = splitPath(at);
    const field = fieldAt(bodyFields, path);
    const form = field && formOf(field, item);
    return form && { path, at, form };
  }
  for (const form of ['list', 'json'] as const) {
    const field = bodyFields.find((one) => formOf(one, item) === form);
    if (field !== undefined) return { path: [field.name], at: field.name, form };
  }
  return undefined;
}

function formOf(field: Field, item: TagItem): Stamp['form'] | undefined {
  if (field.policy?.class === 'tags-json') return 'json';
  if (field.type === 'map') return field.policy?.class === 'tag-key' ? 'map' : undefined;
  const key = field.repeated ? field.fields?.find(({ name }) => name === item.key) : undefined;
  return key?.policy?.class === 'tag-key' ? 'list' : undefined;
}

/** Every place in a body that holds tags. */
export function taggedIn(fields: readonly Field[], item: TagItem, path: JsonPath = []): TagPlace[] {
  const isTag = (name: string, of: FieldClass['class']): boolean =>
    fields.some((field) => field.name === name && field.policy?.class === of);
  const own: TagPlace[] =
    isTag(item.key, 'tag-key') && isTag(item.value, 'tag-value') ? [{ path, form: 'item' }] : [];
  const inside = fields.flatMap((field): TagPlace[] => {
    const at = [...path, field.name];
    if (field.policy?.class === 'tags-json') return [{ path: at, form: 'json' }];
    if (field.type === 'map') return field.policy?.class === 'tag-key' ? [{ path: at, form: 'map' }] : [];
    return taggedIn(field.fields ?? [], item, at);
  });
  return [...own, ...inside];
}
