import type { KindInventory } from './inventory.ts';

/** A kind of resource, and how the gateway asks MLflow whether one exists for the tenant. */
export interface ResourceKind {
  readonly kind: string;
  /** The operation that reads one. */
  readonly lookup?: {
    readonly operation: string;
    /** The request field that names the resource. */
    readonly field: string;
    /** The request field that names the resource it is reached `through`. */
    readonly beside?: string;
  } & ResourceFacts;
  /** The search that reads several at once, if MLflow has one. */
  readonly batch?: BatchLookup & ResourceFacts;
  /** Regular expression (source) of the only accepted spelling; MLflow reads `03` and ` 3` as experiment 3. */
  readonly pattern?: string;
  /** Regular expression (source) that recognizes an id of this kind in an artifact path. */
  readonly inPath?: string;
  /** Regular expression (source) that recognizes an id of this kind, folded (collation.ts), where any text may stand. */
  readonly shape?: string;
  /** An id that no resource of this kind has, to search in nothing. */
  readonly absent?: string;
  /** The id that clients of MLflow send if the user chose none. Only the workspace `default` has a resource of that id. */
  readonly unchosen?: string;
  /** A name, which another resource may have once this one is renamed or deleted: nothing is cached under it. */
  readonly reusable?: true;
  /**
   * An id that the caller chooses; creating a second resource with it changes the first. A `new-name` of this kind must belong to
   * the tenant or be free. Goes with `reusable`, since the id is free again once the resource is deleted.
   */
  readonly chosen?: true;
  /**
   * Before this version MLflow gives the resource of another workspace to a caller that chooses its id: under `workspaces` the
   * gateway first asks the other workspaces for it.
   */
  readonly takenOverBefore?: string;
  /**
   * Names of the kind may have a qualifier (`@<qualifier>/<name>`), which requests name in `field`. The gateway's own calls
   * about a qualified name use the operation on the right in place of the one on the left.
   */
  readonly qualified?: {
    readonly field: string;
    readonly operations: Readonly<Record<string, string>>;
  };
  /** The resource is a directory of the artifact store that MLflow chose, and belongs to another resource. */
  readonly files?: FilesOf;
  /** Belongs to the server itself, so that only a platform admin may use it. */
  readonly serverOwned?: true;
  /** The kind of its container, if MLflow finds the resource only inside that container. */
  readonly through?: string;
  /** The message of MLflow for a missing one, with `{id}`, or `{name}` and `{qualifier}`, in place of the id. */
  readonly missing?: string;
  /** How all resources of the kind are listed and tagged, for all owners (src/migration). */
  readonly inventory?: KindInventory;
}

/** Where a response has the facts about a resource that the gateway needs (dotted paths). */
export interface ResourceFacts {
  /** The location of its artifacts. */
  readonly location?: string;
  /** The tag with that location. */
  readonly locationTag?: string;
  /** Its tags. */
  readonly tags?: string;
  /** The resource that contains it. Its owner is the owner of a resource without a tag of its own. */
  readonly container?: {
    readonly kind: string;
    readonly id: string;
    /** The response may lack it; then the resource has no owner. */
    readonly optional?: boolean;
  };
  /** For a name: the resource that has the name. */
  readonly names?: { readonly kind: string; readonly id: string };
}

/** How files in the artifact store are traced to the resource that they belong to. */
export interface FilesOf {
  /** The kind of that resource. */
  readonly of: string;
  /** Regular expression (source) of the path of the directory; its group is the id of the resource. */
  readonly path: string;
  /** The operation that lists what the resource keeps there, and its field for the resource. */
  readonly operation: string;
  readonly field: string;
  readonly fixed?: Readonly<Record<string, string | number>>;
  readonly pages: { readonly field: string; readonly next: string };
  /** Where the response has the list, and where an item has the URI of its directory. */
  readonly items: string;
  readonly location: string;
}

/** A search that reads several resources of a kind in one request. */
export interface BatchLookup {
  readonly operation: string;
  /** Request field for the filter, and the key of the filter for ids; without a key, the filter selects all of the tenant. */
  readonly filter: string;
  readonly key?: string;
  /** Request field for the ids of the containers searched in. */
  readonly within?: string;
  /** The other fields of the request. */
  readonly fixed?: Readonly<Record<string, string | number>>;
  /** Request field for the token of a page, and where the response has the token of the next one. */
  readonly pages?: { readonly field: string; readonly next: string };
  /** Where the response has the list, and where an item has its id. */
  readonly items: string;
  readonly id: string;
}
