import type { JsonPath } from './json-path.ts';
import type { TagsRuleName } from './rules.ts';

/**
 * The plan of the strategy `tags` for an operation. Codegen works it out from the policy and the request fields, and reports
 * an operation whose rule the gateway could not enforce (codegen/plan/tags-plan.ts).
 */
export type TagsPlan = UnconfinedPlan | ServerFeaturePlan | ConfinedPlan;

/** The plans of operations that are confined to resources of the tenant. */
export type ConfinedPlan = ReferencesPlan | CreatePlan | SearchPlan | WithinPlan;

/** The plan is the rule alone (`TAGS_RULES` explains each). */
interface UnconfinedPlan {
  readonly rule: Exclude<TagsRuleName, 'server-feature' | ConfinedPlan['rule']>;
}

/** Off unless `GW_ALLOW_SERVER_FEATURES` names the feature. */
interface ServerFeaturePlan {
  readonly rule: 'server-feature';
  readonly feature: string;
}

/** The settings that every confined plan may have. */
interface Confined {
  /** The operation only reads. */
  readonly reads?: true;
  /** The operation changes an experiment itself, which tenants cannot do to a shared one. */
  readonly settings?: true;
  /** The kinds of resources that it creates under a name or id of the caller's choice. */
  readonly makes?: readonly string[];
  /** Where the body takes tags, other than the place of the tenant tag. */
  readonly tagged?: readonly TagPlace[];
}

/** The request must reference resources of the tenant. */
export interface ReferencesPlan extends Confined {
  readonly rule: 'references';
  readonly needs?: Needs;
  /** The request must name a path in the artifact store: without one MLflow lists the whole store. */
  readonly needsPath?: true;
  /** Filters that are parsed and written again, without a clause of the tenant. */
  readonly filters?: readonly FilterPlace[];
  /** The additional rule in an experiment that tenants share. */
  readonly inShared?: InSharedExperiment;
  /** How the gateway tags a resource that MLflow creates without tags. */
  readonly tagsAfter?: TagsAfter;
  /** The operation gives up the name of a resource, which another tenant may then take. */
  readonly releases?: true;
}

/** The request creates a resource, and takes its tags. */
export interface CreatePlan extends Confined {
  readonly rule: 'create';
  readonly needs?: Needs;
  readonly stamp: Stamp;
  /** The storage URI in the request is the place of future artifacts, not of existing ones. */
  readonly keeps?: true;
}

/** The request searches all resources of the tenant, or those in the containers that it names. */
export interface SearchPlan extends Confined {
  readonly rule: 'search';
  /** At most one, which takes the clause of the tenant unless the search has `among`. */
  readonly filters?: readonly FilterPlace[];
  readonly within?: SearchedIn;
  readonly among?: Among;
  readonly tagsFilter?: TagsFilter;
}

/**
 * The request searches or reads in the resources that it names, and nowhere else. They belong to the tenant, so that a filter
 * takes the clause of the tenant only in a shared experiment.
 */
export interface WithinPlan extends Confined {
  readonly rule: 'within';
  readonly filters?: readonly FilterPlace[];
  readonly within: SearchedIn;
  /** The message for a request that names nothing to search in, worded as MLflow does. */
  readonly unnamed: string;
}

/** The request must name a resource of one of these kinds: MLflow takes a missing experiment id for the default experiment. */
export interface Needs {
  readonly kinds: readonly string[];
  /** The message for a request that names none, worded as MLflow does. */
  readonly unnamed: string;
}

/** The list of resources to search in. Those of other tenants are removed from it, as MLflow ignores missing ones. */
export interface SearchedIn {
  readonly place: 'body' | 'query';
  readonly path: JsonPath;
  /** The path with dots between, as uses of fields have it. */
  readonly at: string;
  readonly kind: string;
  /** An id that no resource of the kind has, to search in nothing. */
  readonly absent: string;
}

/** A filter of a search. */
export interface FilterPlace {
  readonly place: 'body' | 'query';
  readonly field: string;
  readonly dialect: string;
  /** A list of filters, each with one comparison. */
  readonly list?: true;
  /** When the filter takes the clause of the tenant; never, if absent. */
  readonly clause?: 'always' | 'among-shared';
}

/** A search for items that have no tags, by the resources they belong to: these are listed first and named in the filter. */
export interface Among {
  readonly kind: string;
  /** The key of the filter for what an item belongs to. */
  readonly key: string;
  /** The filter, in the query. */
  readonly field: string;
}

/** A list in the response of which the gateway keeps the items that belong to resources of the tenant, not to shared ones. */
export interface TagsFilter {
  /** The property of the response that has the list. */
  readonly items: string;
  /** Where an item names the resource that it belongs to. */
  readonly key: JsonPath;
  readonly kind: string;
}

/** Where the body takes the tenant tag: in a list of tags, or as an entry of a map, which may be JSON in a string. */
export interface Stamp {
  readonly path: JsonPath;
  /** The path with dots between, as uses of fields have it. */
  readonly at: string;
  readonly form: 'list' | 'map' | 'json';
}

/** A place in the body that takes tags, through lists: one tag, a map, or a map that is JSON in a string. */
export interface TagPlace {
  readonly path: JsonPath;
  readonly form: 'item' | 'map' | 'json';
}

/** The additional rule in an experiment that tenants share. */
export type InSharedExperiment =
  /** MLflow cannot tell tenants apart: the operation is refused. */
  | { readonly rule: 'refused' }
  /** MLflow keeps each item of the list in the body once for all tenants: a list with items is refused. */
  | { readonly rule: 'list-refused'; readonly list: string }
  /** Without the list in the body, the request is about everything in the experiment: a request without items is refused. */
  | { readonly rule: 'list-required'; readonly list: string };

/** Once MLflow has created a resource, the gateway tags it: MLflow takes no tags with the request. */
export interface TagsAfter {
  /** The operation that sets a tag, and its field for the id of the resource. */
  readonly operation: string;
  readonly field: string;
  /** Where the id is. */
  readonly id:
    | { readonly place: 'response'; readonly path: JsonPath }
    | { readonly place: 'request'; readonly field: string };
  /**
   * The request creates the resource if there is none of the name, and adds to it otherwise: the gateway creates and tags it first,
   * with an operation that fails if there is one.
   */
  readonly makesFirst?: { readonly operation: string; readonly field: string; readonly kind: string };
}
