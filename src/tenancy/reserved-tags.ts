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

/** Tag keys by resource kind, `*` for every kind. */
type KeysByKind = Readonly<Record<string, readonly string[]>>;

/** The lists of the policy. */
export interface TagLists {
  /** Keys that no caller may set or remove. */
  readonly reserved: KeysByKind;
  /** Keys that only a platform admin may set or remove. */
  readonly admin: KeysByKind;
}

/**
 * Tag keys that MLflow itself trusts: the tag with the location of a trace's data lets its writer read any file or another
 * tenant's trace, and the tag with the schedule of a job spends the server's money. The policy lists the keys by resource kind.
 * A newer MLflow may trust others, so that unknown keys with MLflow's prefix are refused there.
 *
 * @example
 * const lists = { reserved: RESERVED_TAGS, admin: ADMIN_TAGS };
 * new ReservedTags(lists, { known: KNOWN_TAGS, refused: () => version.isAfter(DESCRIBED_VERSION) });
 */
export class ReservedTags {
  readonly #reserved: (kind: string, key: string) => boolean;
  readonly #admin: (kind: string, key: string) => boolean;
  readonly #namespace: string;
  readonly #known: ReadonlySet<string>;
  readonly #prefixes: readonly string[];
  readonly #refused: () => boolean;

  constructor({ reserved, admin }: TagLists, { known, refused }: UnknownTags) {
    this.#reserved = listed(reserved);
    this.#admin = listed(admin);
    this.#namespace = collationFold(known.namespace);
    this.#known = new Set(known.keys);
    this.#prefixes = known.prefixes;
    this.#refused = refused;
  }

  /** @throws DenialError `reserved_tag`, `platform_admin_only` */
  check(use: FieldUse, platformAdmin: boolean): void {
    if (use.policy.class !== 'tag-key') return;
    const key = collationFold(use.value);
    if (this.#reserved(use.policy.kind, key)) {
      throw new DenialError('reserved_tag', `Only MLflow sets the tag ${printable(use.value)}.`);
    }
    if (!platformAdmin && this.#admin(use.policy.kind, key)) {
      throw new DenialError(
        'platform_admin_only',
        `By the tag ${printable(use.value)} MLflow runs jobs with endpoints and secrets of the server. Ask a platform admin to set it.`,
      );
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

function listed(keys: KeysByKind): (kind: string, key: string) => boolean {
  const sets = new Map(Object.entries(keys).map(([kind, list]) => [kind, new Set(list.map(collationFold))]));
  return (kind, key) => sets.get(kind)?.has(key) || sets.get('*')?.has(key) || false;
}
