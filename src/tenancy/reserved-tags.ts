import { DenialError } from '../http/denial.ts';
import { type FieldUse, printable } from '../http/fields.ts';
import { collationFold } from './collation.ts';

/**
 * Tag keys that MLflow itself trusts: one that says where a trace's data lies lets its writer read any file or other
 * tenant's trace. Which keys, by resource kind, stands in the policy overlay.
 */
export class ReservedTags {
  readonly #keys: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(keys: Readonly<Record<string, readonly string[]>>) {
    this.#keys = new Map(
      Object.entries(keys).map(([kind, list]) => [kind, new Set(list.map(collationFold))]),
    );
  }

  /** @throws DenialError `reserved_tag` */
  check(use: FieldUse): void {
    if (use.policy.class !== 'tag-key') return;
    const key = collationFold(use.value);
    if (this.#keys.get(use.policy.kind)?.has(key) || this.#keys.get('*')?.has(key)) {
      throw new DenialError('reserved_tag', `The tag ${printable(use.value)} is set by MLflow only.`);
    }
  }
}
