import type { Field, PathParameter } from './field.ts';
import type { JsonPath } from './json-path.ts';
import type { TagsPlan } from './tags-plan.ts';
import type { WorkspacesPlan } from './workspaces-plan.ts';

/** HTTP methods of the catalog. The gateway answers HEAD and OPTIONS itself or rejects them (src/http/). */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The facts about a body that only some kinds of bodies have. */
interface BodyFacts {
  /** The accepted content types. JSON bodies are always `application/json`. */
  readonly contentTypes: readonly string[];
  /** The body may also be a form with these two parts: `bodyFields` as JSON, and a file that MLflow stores. */
  readonly form?: FormParts;
  /** The JSON body may have more fields than `bodyFields` (the format of another product, passed through). */
  readonly bodyOpen?: true;
  readonly spanTags: SpanTags;
  readonly graphql: GraphqlPolicy;
}

/** A kind of body, with the facts that it has. */
type BodyOf<Kind extends string, Has extends keyof BodyFacts = never> = { readonly body: Kind } & Pick<
  BodyFacts,
  Has
> & {
    readonly [Lacks in Exclude<keyof BodyFacts, Has>]?: undefined;
  };

/** The body of a request, and how the gateway reads it. */
export type OperationBody =
  | BodyOf<'none'>
  /** Parsed strictly and written again. */
  | BodyOf<'json', 'form' | 'bodyOpen'>
  /** Forwarded as it streams, never parsed (artifact uploads). */
  | BodyOf<'stream', 'contentTypes'>
  /** An export of traces by OpenTelemetry, parsed and written again as protobuf. */
  | BodyOf<'otlp', 'contentTypes' | 'spanTags'>
  /** A GraphQL request, parsed and written again. */
  | BodyOf<'graphql', 'graphql'>;

/** One API call of MLflow, on all its mounts. */
export type Operation = OperationFacts & OperationBody;

/** The facts that operations with every kind of body have. */
interface OperationFacts {
  readonly id: string;
  readonly method: Method;
  /** Every path template that serves it, the canonical one first. Parameters are written `{name}`. */
  readonly paths: readonly [string, ...string[]];
  readonly group: string;
  readonly summary: string;
  readonly permission: string;
  /** MLflow versions (of those surveyed) that serve it. */
  readonly versions: readonly string[];
  /** The plan of the strategy `workspaces`. */
  readonly workspaces: WorkspacesPlan;
  /** The plan of the strategy `tags`. */
  readonly tags: TagsPlan;
  readonly path: readonly PathParameter[];
  readonly query: readonly Field[];
  readonly headers: readonly Field[];
  readonly bodyFields: readonly Field[];
  /**
   * MLflow parses the whole request as one protobuf message: a JSON body, also on GET without a query; the query on GET
   * only. The JSON mapping of protobuf has several spellings for numbers and enums.
   */
  readonly message?: true;
  /**
   * MLflow reads the JSON body by the models of FastAPI, to which null differs from an absent field: it is sent where a field is
   * `nullable`, and refused elsewhere. In other bodies null means absent.
   */
  readonly nulls?: true;
  /** Answered without identity (the health check of MLflow). */
  readonly public?: true;
  /** It has no query, and its response does not depend on one (pages, static files, health, version): a query is dropped. */
  readonly anyQuery?: true;
  /** MLflow reads or deletes in its artifact store before it responds, though no field is an artifact path. */
  readonly awaitsStorage?: true;
  /** MLflow responds with 422 if a value is wrong or missing, as FastAPI does. */
  readonly unprocessable?: true;
  /** Where its response has tags. */
  readonly answerTags?: readonly AnswerTags[];
  /** MLflow responds with signed URLs. With a query field of the class `presigned`, only if that is `true`. */
  readonly signs?: Signs;
}

/** The lifetime of the signed URLs in a response. */
export type Signs =
  | {
      /** Where the response has the URLs, each of which states its lifetime. Lists on the way are passed through. */
      readonly urls: JsonPath;
      /** MLflow's own setting for the lifetime. */
      readonly setting?: string;
    }
  | {
      /** The lifetime in MLflow's source. */
      readonly seconds: number;
      /** The beginning of MLflow's own message if its storage cannot sign. */
      readonly unsupported: string;
    };

/** The names of the two parts of a form. */
export interface FormParts {
  /** JSON, the only part that decisions rest on. */
  readonly fields: string;
  readonly file: string;
}

/** The policy of GraphQL, by the fields that a document selects. */
export interface GraphqlPolicy {
  /** The permission for reading the schema. */
  readonly introspection: string;
  /** Field of a root type -> the equivalent operation; `null` for a field without tenant data. */
  readonly fields: Readonly<Record<string, string | null>>;
  /**
   * `Type.field` that MLflow resolves with a query of its own -> the field with the tags of each item, which name the owner;
   * `null` if the owner is that of the parent.
   */
  readonly resolved: Readonly<Record<string, string | null>>;
}

/** The attributes of a span about its trace. */
export interface SpanTags {
  /** MLflow stores attributes with this prefix as tags of the trace; the rest of the key is the key of the tag. */
  readonly prefix: string;
  readonly kind: string;
  /** The prefix that MLflow adds to the trace id of a span to make the id of the trace. */
  readonly idPrefix: string;
  /** The attribute that older versions of MLflow trust more than the trace id of the span. */
  readonly idAttribute: string;
}

/** A place in a response that has the tags of a resource. */
export interface AnswerTags {
  /** Lists on the way are passed through. */
  readonly path: JsonPath;
  /** A list of keys and values, a map, or a map that is JSON in a string. */
  readonly form: 'list' | 'map' | 'json';
  /** MLflow leaves it out if it is empty. */
  readonly leftOut?: true;
}
