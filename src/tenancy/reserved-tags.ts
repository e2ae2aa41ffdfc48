import type { KnownTags } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import { printable } from '../request/printable.ts';
import type { FieldUse } from '../request/types.ts';
import { collationFold } from './collation.ts';

/** What is done with tag keys of MLflow's own that no surveyed version knows. */
export interface UnknownTags {
  readonly known: KnownTags;
  /** Whether they are refused, for the MLflow in use. */
  readonly refused: () => boolean;
}

/**
 * Tag keys that MLflow itself trusts: one that says where a trace's data lies lets its writer read any file or other
 * tenant's trace, one that says when a job runs spends the server's money. Which keys, by resource kind, stands in the
 * policy overlay. A newer MLflow may trust others, so that keys of its own that no surveyed version knows are refused there.
 *
 * @example
 * new ReservedTags(RESERVED_TAGS, { known: KNOWN_TAGS, refused: () => version.isAfter(DESCRIBED_VERSION) });
 */
export class ReservedTags {
  readonly #keys: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #namespace: string;
  readonly #known: ReadonlySet<string>;
  readonly #prefixes: readonly string[];
  readonly #refused: () => boolean;

  constructor(keys: Readonly<Record<string, readonly string[]>>, { known, refused }: UnknownTags) {
    this.#keys = new Map(
      Object.entries(keys).map(([kind, list]) => [kind, new Set(list.map(collationFold))]),
    );
    this.#namespace = collationFold(known.namespace);
    this.#known = new Set(known.keys);
    this.#prefixes = known.prefixes;
    this.#refused = refused;
  }

  /** @throws DenialError `reserved_tag` */
  check(use: FieldUse): void {
    if (use.policy.class !== 'tag-key') return;
    const key = collationFold(use.value);
    if (this.#keys.get(use.policy.kind)?.has(key) || this.#keys.get('*')?.has(key)) {
      throw new DenialError('reserved_tag', `The tag ${printable(use.value)} is set by MLflow only.`);
    }
    if (key.startsWith(this.#namespace) && !this.#isKnown(use.value) && this.#refused()) {
      throw new DenialError(
        'reserved_tag',
        `The tag ${printable(use.value)} is none that the gateway knows, and this MLflow may act on it (GW_UNKNOWN_MLFLOW_TAGS). Tags of your own begin otherwise.`,
      );
    }
  }

  /** As it is written: another case is another key to most databases. */
  #isKnown(key: string): boolean {
    return this.#known.has(key) || this.#prefixes.some((prefix) => key.startsWith(prefix));
  }
}
