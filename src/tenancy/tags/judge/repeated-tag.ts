import type { TagItem } from '../../../catalog/types.ts';
import type { CanonicalRequest } from '../../../request/types.ts';
import type { TagPlace } from '../plan.ts';
import type { TenantTag } from '../tenant-tag.ts';

/**
 * How often a request writes the tenant's own tag with the value that it has: no change, as when a client copies the tags
 * of one thing to another. Whatever else it says of the tag is refused.
 *
 * @throws DenialError `tenant_tag` for another spelling of the key, and for another value
 * @example
 * countRepeated(request, plan.tagged, tag, TAG_ITEM, 'team-a'); // 1 for {"key": "tenant", "value": "team-a"}
 */
export function countRepeated(
  { body, encoded, uses }: CanonicalRequest,
  places: readonly TagPlace[],
  tag: TenantTag,
  item: TagItem,
  tenant: string,
): number {
  let count = 0;
  const note = (key: unknown, value: unknown): void => {
    if (typeof key !== 'string' || !tag.isKey(key)) return;
    if (key !== tag.key || value !== tenant) tag.refuse(key);
    count += 1;
  };
  for (const { path, form } of places) {
    for (const at of valuesAt(body, path)) {
      if (form === 'item') note(at[item.key], at[item.value]);
      else if (form === 'map') for (const [key, value] of Object.entries(at)) note(key, value);
    }
    if (form === 'json')
      for (const text of textsAt(body, path))
        for (const [key, value] of Object.entries((text === '' ? {} : JSON.parse(text)) as object))
          note(key, value);
  }
  // An attribute of a span is noted with its value right behind it (otlp/read.ts).
  if (encoded !== undefined) {
    uses.forEach(({ policy, value }, i) => {
      if (policy.class !== 'tag-key') return;
      const next = uses[i + 1];
      note(value, next?.policy.class === 'tag-value' ? next.value : undefined);
    });
  }
  return count;
}

function allAt(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((one) => allAt(one, path));
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return allAt((value as Record<string, unknown>)[name], rest);
}

function valuesAt(body: unknown, path: readonly string[]): Record<string, unknown>[] {
  return allAt(body, path).filter(
    (at): at is Record<string, unknown> => typeof at === 'object' && at !== null,
  );
}

function textsAt(body: unknown, path: readonly string[]): string[] {
  return allAt(body, path).filter((at) => typeof at === 'string');
}
