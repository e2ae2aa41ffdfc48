/**
 * The shape of the catalog: data only. The rows are generated from the OpenAPI description of MLflow and the
 * policy overlay (`npm run codegen`); nothing in here decides anything.
 */

import type { FieldClass } from './field-classes.ts';

import type { TagsRuleName, WorkspacesRuleName } from './rules.ts';

export type { FieldClass } from './field-classes.ts';
export type { TagsRuleName as TagsRule, WorkspacesRuleName as WorkspacesRule } from './rules.ts';

/** HTTP methods the catalog knows. HEAD and OPTIONS are never forwarded (see `http/`). */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Scalar wire types, named after protobuf's. `any` is arbitrary JSON; `file` a raw body. */
export type WireType =
  | 'string'
  | 'int32'
  | 'int64'
  | 'double'
  | 'boolean'
  | 'enum'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'any'
  | 'object'
  | 'map';

/** How much a field takes. Codegen gives one to each list, map and text, from src/limits.ts or the overlay's `bounds`. */
export interface Bounds {
  /** Most items of a list; most keys of a map. */
  readonly maxItems?: number;
  /** Longest text (each item's in a list, each key's in a map), in UTF-16 code units. */
  readonly maxLength?: number;
  /** Largest number. */
  readonly max?: number;
}

/** One field of a request, as strictly as the gateway parses it. */
export interface Field extends Bounds {
  readonly name: string;
  readonly type: WireType;
  readonly repeated?: true;
  readonly required?: true;
  /** For `enum`. */
  readonly values?: readonly string[];
  /** The numbers of `values`, in their order, where protobuf parses it. */
  readonly numbers?: readonly number[];
  /** For `int32` and `int64`: never negative, and twice as large. */
  readonly unsigned?: true;
  /** For `double`: has the range of a 32-bit one. */
  readonly single?: true;
  /** At most one field of a message may have the same `oneof`: protobuf parses nothing that follows a second one. */
  readonly oneof?: string;
  /** The name that clients may write beside this one, with the same value. */
  readonly older?: string;
  /** For `object`: the fields inside. For `map`: one entry named `*`. */
  readonly fields?: readonly Field[];
  /** Present on leaves; objects are classified through what they hold. */
  readonly policy?: FieldClass;
}

export interface PathParameter {
  readonly name: string;
  /** May hold slashes (Flask's and Starlette's `path` converter). */
  readonly rest?: true;
  readonly policy: FieldClass;
  /** Longest value, decoded, in UTF-16 code units. */
  readonly maxLength?: number;
}

/** How a request body is read. */
export type BodyKind =
  | 'none'
  /** Parsed strictly and written again. */
  | 'json'
  /** Passed on as it streams, never parsed (artifact uploads). */
  | 'stream'
  /** OpenTelemetry's export of traces, read and written again as protobuf. */
  | 'otlp'
  /** A GraphQL request, read and written again. */
  | 'graphql';

/** How GraphQL is judged: by what it asks for. */
export interface GraphqlPolicy {
  /** The permission that asking for the schema takes. */
  readonly introspection: string;
  /** Field of a root type -> the operation it is another form of; `null` for one without anybody's data. */
  readonly fields: Readonly<Record<string, string | null>>;
  /**
   * `Type.field` that MLflow finds by a question of its own -> the field with the tags of each item, which say whose it
   * is; `null` where it is whose that is which it was asked of.
   */
  readonly resolved: Readonly<Record<string, string | null>>;
}

/** What a span says of its trace. */
export interface SpanTags {
  /** Attributes that MLflow takes for tags of the trace: those whose key begins so, by the rest of it. */
  readonly prefix: string;
  readonly kind: string;
  /** What MLflow puts before a span's trace id to make that of the trace. */
  readonly idPrefix: string;
  /** The attribute that older MLflows believe instead of the span's trace id. */
  readonly idAttribute: string;
}

/** A place in an answer that holds the tags of a thing. */
export interface AnswerTags {
  /** Names on the way, dotted; lists are passed through. */
  readonly at: string;
  /** A list of keys and values, a map, or a map that is JSON in a string. */
  readonly form: 'list' | 'map' | 'json';
  /** MLflow leaves it out where it is empty. */
  readonly leftOut?: true;
}

/** One MLflow API call, whatever mounts it has. */
export interface Operation {
  readonly id: string;
  readonly method: Method;
  /** Every path template that serves it, the canonical one first. Parameters are written `{name}`. */
  readonly paths: readonly string[];
  readonly group: string;
  readonly summary: string;
  readonly permission: string;
  /** MLflow versions (of those surveyed) that serve it. */
  readonly versions: readonly string[];
  readonly workspaces: WorkspacesRuleName;
  readonly tags: TagsRuleName;
  /** For `server-feature`. */
  readonly feature?: string;
  readonly path: readonly PathParameter[];
  readonly query: readonly Field[];
  readonly headers: readonly Field[];
  readonly body: BodyKind;
  /**
   * MLflow parses the whole request as one protobuf message: a JSON body, also on GET where there is no query; the query on
   * GET only. Protobuf's JSON takes more than one spelling of numbers and enums.
   */
  readonly message?: true;
  /** Content types accepted for `stream` and `otlp` bodies; JSON bodies are always `application/json`. */
  readonly contentTypes?: readonly string[];
  readonly bodyFields: readonly Field[];
  /** For `otlp`. */
  readonly spanTags?: SpanTags;
  /** For `graphql`. */
  readonly graphql?: GraphqlPolicy;
  /** The JSON body may hold more than `bodyFields` (pass-through of another product's format). */
  readonly bodyOpen?: true;
  /** Answered without identity (MLflow's own health check). */
  readonly public?: true;
  /** It has no query and answers the same whatever query comes with it (pages, static files, health, version): one is dropped. */
  readonly anyQuery?: true;
  /** MLflow reads or deletes in its artifact store before it answers, though no field of it is an artifact path. */
  readonly awaitsStorage?: true;
  /** For list responses the gateway filters: where the items are and which property names the tenant. */
  readonly responseFilter?: { readonly items: string; readonly key: string };
  /**
   * For list responses the `tags` strategy filters: where the items are and which property (a dotted path) names the
   * resource of `kind` they belong to. Kept are those in a resource of the tenant's own, not in a shared one.
   */
  readonly tagsFilter?: { readonly items: string; readonly key: string; readonly kind: string };
  /**
   * A list in the body that MLflow keeps once for all of an experiment, whoever said it first: not taken in an
   * experiment that tenants share. `*`: the operation is about what cannot be told apart there.
   */
  readonly unshared?: string;
  /**
   * Under `tags`, what the gateway does once MLflow has done it: it sets the owner's tag by `operation`, on what is named
   * by `from` in the answer (a dotted path, for MLflow takes no tags with it) or in the request.
   */
  readonly tagsAfter?: {
    readonly operation: string;
    readonly field: string;
    readonly answer?: string;
    readonly request?: string;
  };
  /** It gives up the name of a resource, which another tenant may take then. */
  readonly releases?: true;
  /**
   * It makes the resource of this kind if MLflow has none of the name, and adds to it otherwise. Under `tags` the gateway makes
   * it first, by the operation that fails if there is one.
   */
  readonly makesFirst?: { readonly operation: string; readonly field: string; readonly kind: string };
  /** For `create`: where the owner's tag goes (a dotted path), when it is not the first list of tags. */
  readonly stamp?: string;
  /**
   * For `search` where a filter cannot ask for tags: the key by which it asks for what the items belong to, which has
   * tags. The tenant's are listed first.
   */
  readonly among?: { readonly kind: string; readonly key: string };
  /** For `search` and `within`: the list of what is searched in, when it is not the first list of references; `none` where that is none. */
  readonly within?: string;
  /** A list without which it is about all there is in an experiment: required in a shared one. */
  readonly named?: string;
  /** MLflow's own sentence for a request that names nothing it is for, where that is not the general one. */
  readonly unnamed?: string;
  /** MLflow answers it with 422 where a value is wrong or missing, as FastAPI does. */
  readonly unprocessable?: true;
  /** Where its answer has tags. */
  readonly answerTags?: readonly AnswerTags[];
}

/** How the gateway asks MLflow whether a resource exists for the tenant. */
export interface ResourceKind {
  readonly kind: string;
  /** The operation that reads it and the request field that names it. */
  readonly lookup?: {
    readonly operation: string;
    readonly field: string;
    /** The field beside it that says of which resource of the kind it is reached `through`. */
    readonly beside?: string;
  } & ResourceFacts;
  /** How many of them are asked for at once, where MLflow has a search that can. */
  readonly batch?: BatchLookup & ResourceFacts;
  /** Regular expression (source) of the only spelling accepted; MLflow reads `03` and ` 3` as experiment 3. */
  readonly pattern?: string;
  /** Regular expression (source) by which an id of this kind is known inside an artifact path. */
  readonly inPath?: string;
  /** Regular expression (source) of what its ids look like (folded, collation.ts), to know one by where any text may stand. */
  readonly shape?: string;
  /** An id that nothing of this kind has, to search among nothing. */
  readonly absent?: string;
  /** The id that MLflow's clients use where nobody chose one. A workspace has none of that id but `default`. */
  readonly unchosen?: string;
  /** A name, which can be another resource's once this one is renamed or deleted: nothing is remembered under it. */
  readonly reusable?: true;
  /**
   * An id chosen by whoever makes the resource, and making it once more changes the one there is: a `new-name` of this
   * kind is the tenant's or nobody's. Goes with `reusable`, since it can be chosen again once the resource is deleted.
   */
  readonly chosen?: true;
  /**
   * Before this version MLflow lets whoever chooses the id of another workspace's resource have it: under `workspaces` the
   * gateway asks the others for it first.
   */
  readonly takenOverBefore?: string;
  /** Of the server itself, and so platform-admin's. */
  readonly servers?: true;
  /** The kind it is reached through: MLflow looks for it among what belongs to that resource only. */
  readonly through?: string;
  /** MLflow's own sentence for one that does not exist, with `{id}` where the id stands. */
  readonly missing?: string;
  /** How all of the kind is listed, and tagged, whoever's it is (`src/migration`). */
  readonly inventory?: KindInventory;
}

/** A call about one item of a list: request fields, and where in the item (a dotted path) the value of each is. */
export interface ItemCall {
  readonly operation: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** How all resources of a kind are listed, and how one gets the owner's tag. Paths are dotted, in an item of the list. */
export interface KindInventory {
  readonly operation: string;
  /** Request field that takes the ids of the experiments listed in. */
  readonly within?: string;
  /** Lists those of one resource: the filter's field and key, and where an item says which resource that is. */
  readonly of?: { readonly filter: string; readonly key: string; readonly at: string };
  /** What each request says. MLflow has several lists of some kinds; together they are all there is. */
  readonly variants: readonly Readonly<Record<string, string | number>>[];
  readonly pages: { readonly field: string; readonly next: string };
  readonly items: string;
  readonly id: string;
  readonly title?: string;
  readonly tags: string;
  readonly location?: string;
  readonly deleted?: { readonly at: string; readonly is: string };
  /** The tag that marks what is the server's own. */
  readonly servers?: string;
  /** Tags that say where the resource is read from. */
  readonly places?: readonly string[];
  /** Where it is read from, as a storage URI. */
  readonly source?: string;
  /** Asks where its files are, where the source is the name of something; the answer has a URI. */
  readonly download?: ItemCall & { readonly answer: string };
  /** What it was made from. */
  readonly origins?: readonly { readonly kind: string; readonly id: string }[];
  /** Asks which experiments it is in, where it can be in several. */
  readonly experiments?: ItemCall & { readonly answer: string };
  /** Its latest versions. */
  readonly latest?: { readonly at: string; readonly version: string };
  readonly tag: ItemCall;
  readonly untag?: ItemCall;
  readonly restore?: ItemCall;
  readonly delete?: ItemCall;
  /** Reads one that the lists may leave out. */
  readonly one?: {
    readonly operation: string;
    readonly of: string;
    readonly field: string;
    readonly item: string;
  };
}

/** Where an answer says what the gateway must know of a resource (dotted paths). */
export interface ResourceFacts {
  /** Where the resource keeps its artifacts. */
  readonly location?: string;
  /** The tag that says where it keeps them. */
  readonly locationTag?: string;
  /** Its tags. */
  readonly tags?: string;
  /** What it is in, and so whose it is when it has no owner of its own. */
  readonly container?: {
    readonly kind: string;
    readonly id: string;
    /** The answer may lack it; then the resource is nobody's. */
    readonly optional?: boolean;
  };
  /** For a name: what it is the name of. */
  readonly names?: { readonly kind: string; readonly id: string };
}

/** A search that reads several resources of a kind at once. */
export interface BatchLookup {
  readonly operation: string;
  /** Request field that takes the filter, and the key by which the filter names ids; without it, all of the tenant's. */
  readonly filter: string;
  readonly key?: string;
  /** Request field that takes the ids of the containers searched in. */
  readonly within?: string;
  /** What else the request says. */
  readonly fixed?: Readonly<Record<string, string | number>>;
  /** Request field that takes the token of a page, and where the answer has that of the next one. */
  readonly pages?: { readonly field: string; readonly next: string };
  /** Where the answer lists them, and where each says its id. */
  readonly items: string;
  readonly id: string;
}

/** What the entries of MLflow's lists of tags are called. */
export interface TagItem {
  readonly key: string;
  readonly value: string;
}

/** What a scorer or an optimiser (a `judge` field) may have MLflow's server do. */
export interface JudgePolicy {
  /** Schemes of models that the AI gateway asks. */
  readonly gateway: readonly string[];
  /** Schemes of models that MLflow asks with its own login. */
  readonly server: readonly string[];
  /** Names of such models without a scheme. */
  readonly serverModels: readonly string[];
  /** Keys that have code executed, steer requests, or write files. */
  readonly keys: readonly string[];
  /** Keys under which arguments are passed on to a library, and the arguments that may be. */
  readonly arguments: readonly string[];
  readonly known: readonly string[];
  /** Key of a list of ids -> their kind. */
  readonly names: Readonly<Record<string, string>>;
}

/** Tag keys of MLflow's own that a surveyed version knows. */
export interface KnownTags {
  /** What they all begin with. */
  readonly namespace: string;
  readonly keys: readonly string[];
  /** Beginnings of keys. */
  readonly prefixes: readonly string[];
}
