import type { Family, Values } from '../../harness/world/family.ts';

/**
 * What an operation needs to succeed beside its references, which are filled by kind from a family of resources:
 * path parameters and required fields always, others where `also` names them.
 */
export interface Example {
  /** Everything that is no reference, or a reference the kind alone does not determine. */
  readonly values?: (family: Family) => Values | Promise<Values>;
  /** Optional references that are part of the ordinary request (`body.run_id`). */
  readonly also?: readonly string[];
  /** Places that name a resource another way than its kind says: by its name, or by a second one of the kind. */
  readonly kinds?: Readonly<Record<string, string>>;
  /** Places that exclude others: when the key is tried, the values are left out. */
  readonly instead?: Readonly<Record<string, readonly string[]>>;
  /** For optional places: what the request is when they are in it. */
  readonly variants?: Readonly<Record<string, (family: Family) => Values | Promise<Values>>>;
  /** The operation uses its resources up, or renames them: each request needs fresh ones. */
  readonly spends?: true;
  /** What must happen to the family's resources first. */
  readonly before?: (family: Family) => Promise<unknown>;
  /** The operation changes nothing although its verb is not `read`, so families can be shared. */
  readonly harmless?: true;
  /** The values hold ids where the catalog has no reference field (a query language): tried as another tenant too. */
  readonly embedded?: true;
  /** Further requests that name the other tenant's resources where the catalog has no field for it, by what they do. */
  readonly more?: (here: Family, there: Family) => Promise<Readonly<Record<string, Values>>>;
}

export type Examples = Readonly<Record<string, Example>>;
