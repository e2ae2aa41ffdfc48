import type { TagItem } from '../../catalog/types.ts';
import { DenialError } from '../../http/denial.ts';
import { printable } from '../../http/fields.ts';
import { collationFold } from '../collation.ts';

/**
 * The tag that says whose a resource is. The gateway alone writes it.
 *
 * @example
 * const tag = new TenantTag('tenant', { key: 'key', value: 'value' });
 * tag.isKey('Tenant '); // true: MySQL would take it for the same key
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

  /** Whether a caller's key is the tenant tag's, as any database of MLflow's compares keys. */
  isKey(key: string): boolean {
    return collationFold(key) === this.#folded;
  }

  /** @throws DenialError `tenant_tag` for the tenant tag's own key */
  refuse(key: string): void {
    if (this.isKey(key)) {
      throw new DenialError(
        'tenant_tag',
        `The tag ${printable(key)} says whose a resource is: the gateway sets it, and nobody can change or remove it.`,
      );
    }
  }

  /**
   * The tags of a new resource: the owner first, then the caller's. A caller may repeat the owner, as a client does
   * that copies the tags of another run, but not name somebody else.
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

  /** The owner that a list of tags in MLflow's answer names; `undefined` for none. */
  ownerIn(tags: unknown): string | undefined {
    return this.valueIn(tags, this.key);
  }

  /** The value of a tag in such a list. A tag without one names nobody, and so does not leave the resource to what it is in. */
  valueIn(tags: unknown, key: string): string | undefined {
    if (!Array.isArray(tags)) return undefined;
    for (const tag of tags as Record<string, unknown>[]) {
      if (tag?.[this.#item.key] !== key) continue;
      const value = tag[this.#item.value];
      return typeof value === 'string' ? value : '';
    }
    return undefined;
  }
}
