import type { TagItem } from '../../catalog/types.ts';
import { DenialError } from '../../denial.ts';
import { parseJson } from '../../request/json/parse.ts';
import { printable } from '../../request/printable.ts';
import { collationFold } from '../collation.ts';

/** The value of a tag that MLflow returns without one. No tenant has this name. */
const WITHOUT_VALUE = '';

/**
 * The tenant tag: it names the owner of a resource, and only the gateway writes it.
 *
 * @example
 * const tag = new TenantTag('tenant', { key: 'key', value: 'value' });
 * tag.isKey('Tenant '); // true: MySQL treats it as the same key
 */
export class TenantTag {
  readonly key: string;
  readonly #item: TagItem;
  readonly #folded: string;

  constructor(key: string, item: TagItem) {
    this.key = key;
    this.#item = item;
    this.#folded = collationFold(key);
  }

  /** Whether a key is the tenant tag's, compared as loosely as MLflow's databases compare keys. */
  isKey(key: string): boolean {
    return collationFold(key) === this.#folded;
  }

  /** @throws DenialError `tenant_tag` for the tenant tag's own key */
  refuse(key: string): void {
    if (this.isKey(key)) {
      throw new DenialError(
        'tenant_tag',
        `The tag ${printable(key)} names the owner of a resource. The gateway sets it, and it cannot be changed or removed. Leave it out.`,
      );
    }
  }

  /**
   * The tags of a new resource: the tenant tag first, then the caller's. A caller may repeat the tenant tag, as clients do when
   * they copy the tags of another run, but not name another tenant.
   *
   * @throws DenialError `tenant_tag`
   */
  stamp(tags: readonly Readonly<Record<string, unknown>>[], tenant: string): Record<string, unknown>[] {
    const { key, value } = this.#item;
    const out: Record<string, unknown>[] = [{ [key]: this.key, [value]: tenant }];
    for (const tag of tags) {
      const name = tag[key];
      if (typeof name !== 'string' || !this.isKey(name)) out.push(tag);
      else if (name !== this.key || tag[value] !== tenant) this.refuse(name);
    }
    return out;
  }

  /**
   * The same for tags that are a map.
   *
   * @throws DenialError `tenant_tag`
   */
  stampMap(tags: Readonly<Record<string, unknown>>, tenant: string): Record<string, unknown> {
    const out: Record<string, unknown> = { [this.key]: tenant };
    for (const [name, value] of Object.entries(tags)) {
      if (!this.isKey(name)) out[name] = value;
      else if (name !== this.key || value !== tenant) this.refuse(name);
    }
    return out;
  }

  /**
   * The same for tags that are a map written as JSON.
   *
   * @throws DenialError `tenant_tag`, `invalid_field`
   */
  stampJson(text: string, tenant: string): string {
    return JSON.stringify(this.stampMap(readTags(text), tenant));
  }

  /** The owner in the tags of MLflow's response (a list, a map, or a map written as JSON); `undefined` without a tenant tag. */
  ownerIn(tags: unknown): string | undefined {
    return this.valueIn(tags, this.key);
  }

  /** The keys of such tags. */
  keysIn(tags: unknown): readonly string[] {
    if (typeof tags === 'string') return this.keysIn(parsed(tags));
    if (typeof tags !== 'object' || tags === null) return [];
    if (!Array.isArray(tags)) return Object.keys(tags);
    return (tags as Record<string, unknown>[]).flatMap((tag) => {
      const key = tag?.[this.#item.key];
      return typeof key === 'string' ? [key] : [];
    });
  }

  /**
   * The value of a tag in such tags. A tag without a value is `WITHOUT_VALUE`, not `undefined`: its resource has no owner, instead of the
   * owner of its container.
   */
  valueIn(tags: unknown, key: string): string | undefined {
    if (typeof tags === 'string') return this.valueIn(parsed(tags), key);
    if (typeof tags === 'object' && tags !== null && !Array.isArray(tags)) {
      const value: unknown = Object.hasOwn(tags, key) ? (tags as Record<string, unknown>)[key] : undefined;
      return value === undefined || typeof value === 'string' ? value : WITHOUT_VALUE;
    }
    if (!Array.isArray(tags)) return undefined;
    for (const tag of tags as Record<string, unknown>[]) {
      if (tag?.[this.#item.key] !== key) continue;
      const value = tag[this.#item.value];
      return typeof value === 'string' ? value : WITHOUT_VALUE;
    }
    return undefined;
  }
}

/**
 * Reads tags that are a JSON object in a string.
 *
 * @throws DenialError `invalid_field` for anything else
 */
function readTags(text: string): Record<string, unknown> {
  let tags: unknown;
  try {
    tags = parseJson(Buffer.from(text));
  } catch {
    tags = undefined;
  }
  if (typeof tags === 'object' && tags !== null && !Array.isArray(tags) && !Object.hasOwn(tags, '__proto__'))
    return tags as Record<string, unknown>;
  throw new DenialError('invalid_field', 'Tags in a string must be one JSON object without repeated keys.');
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}
