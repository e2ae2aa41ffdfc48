import type { KnownTags } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import { printable } from '../request/printable.ts';
import type { FieldUse } from '../request/types.ts';
import { collationFold } from './collation.ts';

/** How tag keys of MLflow that no surveyed version knows are treated. */
export interface UnknownTags {
  readonly known: KnownTags;
  /** Whether they are refused, on the MLflow in use. */
  readonly refused: () => boolean;
}

/**
 * Tag keys that MLflow itself trusts: the tag with the location of a trace's data lets its writer read any file or another
 * tenant's trace, and the tag with the schedule of a job spends the server's money. The policy lists the keys by resource kind.
 * A newer MLflow may trust others, so that unknown keys with MLflow's prefix are refused there.
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
      throw new DenialError('reserved_tag', `Only MLflow sets the tag ${printable(use.value)}.`);
    }
    if (key.startsWith(this.#namespace) && !this.#isKnown(use.value) && this.#refused()) {
      throw new DenialError(
        'reserved_tag',
        `The tag ${printable(use.value)} is unknown to the gateway, and this MLflow may act on it (GW_UNKNOWN_MLFLOW_TAGS). Give your own tags another prefix.`,
      );
    }
  }

  /** Compared exactly: keys of another case are other keys to most databases. */
  #isKnown(key: string): boolean {
    return this.#known.has(key) || this.#prefixes.some((prefix) => key.startsWith(prefix));
  }
}
