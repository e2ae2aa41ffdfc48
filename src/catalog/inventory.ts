import type { Stamp } from './tags-plan.ts';

/** A call about one item of a list: request fields, and where in the item (a dotted path) the value of each is. */
export interface ItemCall {
  readonly operation: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A call that sets a tag on an item. */
interface TagCall extends ItemCall {
  /** Where the request takes tags; without it, the request takes one tag by its key and value. Added by codegen. */
  readonly stamp?: Stamp;
}

/**
 * The calls that list all resources of a kind and set the tenant tag of one. Only `adopt` and `audit-ownership` use them. Paths are
 * dotted and begin at an item of the list.
 */
export interface KindInventory {
  readonly operation: string;
  /** Request field for the ids of the experiments listed in. */
  readonly within?: string;
  /** Lists those of one resource: the field and key of the filter, and where an item names that resource. */
  readonly of?: { readonly filter: string; readonly key: string; readonly at: string };
  /** The fields of each request. MLflow has several lists of some kinds; together they are complete. */
  readonly variants: readonly Readonly<Record<string, string | number>>[];
  readonly pages: { readonly field: string; readonly next: string };
  readonly items: string;
  readonly id: string;
  /** Where an item has the qualifier of its name, for a kind that is `qualified`. */
  readonly qualifier?: string;
  readonly title?: string;
  readonly tags: string;
  readonly location?: string;
  readonly deleted?: { readonly at: string; readonly is: string };
  /** The tag of resources that belong to the server itself. */
  readonly serverOwned?: string;
  /** Tags with the location that the resource is read from. */
  readonly places?: readonly string[];
  /** Where it is read from, as a storage URI. */
  readonly source?: string;
  /** Asks for the location of its files, if the source is a name; the response has a URI. */
  readonly download?: ItemCall & { readonly answer: string };
  /** The resources it was created from. */
  readonly origins?: readonly { readonly kind: string; readonly id: string }[];
  /** Asks for the experiments that contain it, if there can be several. */
  readonly experiments?: ItemCall & { readonly answer: string };
  /** Its latest versions. */
  readonly latest?: { readonly at: string; readonly version: string };
  readonly tag: TagCall;
  readonly untag?: ItemCall;
  readonly restore?: ItemCall;
  readonly delete?: ItemCall;
  /** Reads one that the lists may lack. */
  readonly one?: {
    readonly operation: string;
    readonly of: string;
    readonly field: string;
    readonly item: string;
  };
}
