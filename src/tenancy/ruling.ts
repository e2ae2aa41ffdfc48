import type { JsonPath } from '../catalog/json-path.ts';
import type { TagsFilter } from '../catalog/types.ts';
import type { CanonicalRequest } from '../request/types.ts';
import type { Question, TagsQuestion, WorkspacesQuestion } from './question.ts';
import type { Caller, Reference } from './reference.ts';
import type { TagPlaces } from './tag-places.ts';

/** Names to lock before the first question, until MLflow has answered the request. */
export interface NamesToLock {
  /** Names that the request uses: locked together with other requests that use them. */
  readonly shared: readonly string[];
  /** Names that the request takes: locked alone. */
  readonly exclusive: readonly string[];
  /** Ids that callers choose: locked together with other requests of the same tenant. */
  readonly perTenant: readonly string[];
}

/** The treatment of MLflow's response by the strategy `tags`. The response is read whole before the caller gets it. */
export type TagsResponseRule =
  /** Items of a list are kept if the resource that they belong to is the tenant's own. */
  | ({ readonly rule: 'keep-owned' } & TagsFilter)
  /** The created resources get the tenant tag, with the operation and by its field that takes the id. */
  | {
      readonly rule: 'tag-created';
      readonly operation: string;
      readonly field: string;
      /** The resources by the ids that the caller chose, which another tenant may have created first; or where the response has the id. */
      readonly created: { readonly chosen: readonly Reference[] } | { readonly idIn: JsonPath };
    }
  /** The response is MLflow's answer to a lookup of this reference, and must show the tenant as the owner. */
  | { readonly rule: 'require-owner'; readonly reference: Reference };

/** The treatment by the strategy `workspaces`: it keeps the items of a list that have one of these names. */
export interface WorkspacesResponseRule {
  readonly rule: 'keep-named';
  readonly items: string;
  readonly key: string;
  readonly names: ReadonlySet<string>;
}

/**
 * The result of judging a request before any I/O, as data: the request to send, the questions to ask MLflow first, and the treatment
 * of the response. A request that is refused without a question has no ruling: `judge` throws.
 */
export interface Ruling<Q extends Question = Question> {
  /** The request to send if every answer allows it. Answers may narrow it. */
  readonly request: CanonicalRequest;
  /** Headers that the strategy adds. */
  readonly headers: Readonly<Record<string, string>>;
  /** In the order of asking. The first refused question decides. */
  readonly questions: readonly Q[];
  /** The maximum number of resources in questions to MLflow. */
  readonly lookups: number;
  readonly names?: NamesToLock | undefined;
  readonly response?: TagsResponseRule | WorkspacesResponseRule | undefined;
  /** Where the response has tags that the tenant tag is cut from. */
  readonly hiddenTag?: TagPlaces | undefined;
}

/** A ruling of the strategy `tags`. */
export interface TagsRuling extends Ruling<TagsQuestion> {
  readonly caller: Caller;
  readonly response?: TagsResponseRule | undefined;
  /** References whose owners are asked for again once MLflow has answered: a name may have changed hands in between. */
  readonly askedAgain?: readonly Reference[] | undefined;
}

/** A ruling of the strategy `workspaces`. */
export interface WorkspacesRuling extends Ruling<WorkspacesQuestion> {
  /** The workspace that the questions are about; `undefined` for an operation without tenant data. */
  readonly workspace: string | undefined;
  readonly response?: WorkspacesResponseRule | undefined;
  /** Workspaces that the request changes: the gateway must not rely on what it knows of them. */
  readonly changes: readonly string[];
}
