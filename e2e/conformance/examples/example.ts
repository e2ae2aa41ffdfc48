import type { Values } from '../../harness/requests/operations.ts';
import type { Family } from '../../harness/world/family.ts';

/**
 * The values that an operation needs besides its references, which are filled by kind from a family of resources:
 * path parameters and required fields always, others where `also` names them.
 */
export interface Example {
  /** Values that are no references, and references that the kind alone does not determine. */
  readonly values?: (family: Family) => Values | Promise<Values>;
  /** Optional references that are part of the ordinary request (`body.run_id`). */
  readonly also?: readonly string[];
  /** Places whose value is not the usual one of the kind: a name instead of an id, or a second resource. */
  readonly kinds?: Readonly<Record<string, string>>;
  /** Places that exclude others: when the key is tried, the values are left out. */
  readonly instead?: Readonly<Record<string, readonly string[]>>;
  /** The values of a request with an optional place. */
  readonly variants?: Readonly<Record<string, (family: Family) => Values | Promise<Values>>>;
  /** The operation deletes or renames its resources: each request needs new ones. */
  readonly spends?: true;
  /** A change to the family's resources before the request. */
  readonly before?: (family: Family) => Promise<unknown>;
  /** The operation changes nothing although its verb is not `read`, so families can be shared. */
  readonly harmless?: true;
  /** The values contain ids where the catalog has no reference field (a query language): tried as another tenant too. */
  readonly embedded?: true;
  /** Further requests that name the other tenant's resources without a field of the catalog, by their effect. */
  readonly more?: (here: Family, there: Family) => Promise<Readonly<Record<string, Values>>>;
}

export type Examples = Readonly<Record<string, Example>>;
