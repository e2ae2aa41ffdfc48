import { DenialError } from '../http/denial.ts';
import { type FieldUse, printable } from '../http/fields.ts';

/**
 * Tag keys that MLflow itself trusts: one that says where a trace's data lies lets its writer read any file or other
 * tenant's trace. Which keys, by resource kind, stands in the policy overlay.
 */
export class ReservedTags {
  readonly #keys: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(keys: Readonly<Record<string, readonly string[]>>) {
    this.#keys = new Map(Object.entries(keys).map(([kind, list]) => [kind, new Set(list)]));
  }

  /** @throws DenialError `reserved_tag` */
  check(use: FieldUse): void {
    if (use.policy.class !== 'tag-key') return;
    if (this.#keys.get(use.policy.kind)?.has(use.value) || this.#keys.get('*')?.has(use.value)) {
      throw new DenialError('reserved_tag', `The tag ${printable(use.value)} is set by MLflow only.`);
    }
  }
}
