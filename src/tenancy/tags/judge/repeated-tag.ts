import { type JsonPath, valuesAt } from '../../../catalog/json-path.ts';
import type { TagItem, TagPlace } from '../../../catalog/types.ts';
import type { CanonicalRequest } from '../../../request/types.ts';
import type { TenantTag } from '../tenant-tag.ts';

/**
 * How often a request writes the tenant tag with the value that it has already, which changes nothing: clients do so when they
 * copy the tags of a run. Every other use of the tag is refused.
 *
 * @throws DenialError `tenant_tag` for another spelling of the key, and for another value
 * @example
 * countRepeated(request, plan.tagged, tag, TAG_ITEM, 'team-a'); // 1 for {"key": "tenant", "value": "team-a"}
 */
export function countRepeated(
  { body, encoded, uses }: CanonicalRequest,
  places: readonly TagPlace[] | undefined,
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
  for (const { path, form } of places ?? []) {
    for (const at of objectsAt(body, path)) {
      if (form === 'item') note(at[item.key], at[item.value]);
      else if (form === 'map') for (const [key, value] of Object.entries(at)) note(key, value);
    }
    if (form === 'json')
      for (const text of textsAt(body, path))
        for (const [key, value] of Object.entries((text === '' ? {} : JSON.parse(text)) as object))
          note(key, value);
  }
  // The value of a span's attribute follows its key (request/otlp/read.ts).
  if (encoded !== undefined) {
    uses.forEach(({ policy, value }, i) => {
      if (policy.class !== 'tag-key') return;
      const next = uses[i + 1];
      note(value, next?.policy.class === 'tag-value' ? next.value : undefined);
    });
  }
  return count;
}

function objectsAt(body: unknown, path: JsonPath): Record<string, unknown>[] {
  return valuesAt(body, path).filter(
    (at): at is Record<string, unknown> => typeof at === 'object' && at !== null,
  );
}

function textsAt(body: unknown, path: JsonPath): string[] {
  return valuesAt(body, path).filter((at) => typeof at === 'string');
}
