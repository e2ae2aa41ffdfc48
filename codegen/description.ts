import type {
  FormParts,
  GraphqlPolicy,
  ResourceKind,
  ScorerPolicy,
  SpanTags,
  TagItem,
} from '../src/catalog/types.ts';

/** The parts of an OpenAPI 3.1 document (plus our extensions) that codegen reads. */
export interface Description {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
  readonly 'x-gateway'?: GatewaySettings;
}

export interface GatewaySettings {
  readonly kinds?: Readonly<Record<string, KindPolicy>>;
  readonly 'reserved-tags'?: Readonly<Record<string, readonly string[]>>;
  readonly 'admin-tags'?: Readonly<Record<string, readonly string[]>>;
  readonly calls?: Readonly<Record<string, string>>;
  /** Fixed fields of the `calls`. */
  readonly 'call-values'?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  /** Fields of MLflow's server-info. */
  readonly 'server-info'?: Readonly<Record<string, string>>;
  /** The path of MLflow's own metrics. */
  readonly 'metrics-path'?: string;
  readonly 'more-tags'?: { readonly keys: readonly string[]; readonly prefixes: readonly string[] };
  readonly scorers?: ScorerSettings;
  readonly 'tag-item'?: TagItem;
  readonly 'placeholder-sources'?: readonly string[];
  readonly 'job-calls'?: readonly string[];
  /** Older name of a field -> its current name: see `older` of `Field` in src/catalog/field.ts. */
  readonly 'older-names'?: Readonly<Record<string, string>>;
  /** Bounds of fields that differ from the default of their class: see bounds.ts. */
  readonly bounds?: readonly BoundRule[];
}

/** `of`: places, each `operation place` or `* place`. */
export interface BoundRule {
  readonly of: readonly string[];
  readonly items?: number;
  /** `stored`: text that MLflow only keeps. */
  readonly characters?: number | 'stored';
  readonly most?: number;
}

/** The names of the properties in lists of tags; those of MLflow unless the policy says otherwise. */
export function tagItemOf(description: Description): TagItem {
  return description['x-gateway']?.['tag-item'] ?? { key: 'key', value: 'value' };
}

/** See `ScorerPolicy` in src/catalog/mlflow.ts. */
export type ScorerSettings = Omit<ScorerPolicy, 'serverModels'> & {
  readonly 'server-models': readonly string[];
};

/** The policy of a resource kind: see `ResourceKind` in src/catalog/resource-kind.ts. */
export type KindPolicy = Omit<ResourceKind, 'kind'>;

export interface DescribedOperation {
  readonly operationId: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly responses?: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>
  >;
  readonly 'x-mlflow-mounts': readonly string[];
  readonly 'x-mlflow-versions': readonly string[];
  readonly 'x-mlflow-message'?: true;
  readonly 'x-mlflow-nulls'?: true;
  readonly 'x-gateway'?: OperationPolicy;
}

/** The policy of one operation, as codegen/policy reads it. */
export interface OperationPolicy {
  readonly permission?: string;
  readonly workspaces?: string;
  readonly tags?: string;
  readonly feature?: string;
  readonly public?: boolean;
  readonly anyQuery?: boolean;
  readonly awaitsStorage?: boolean;
  readonly body?: 'stream' | 'otlp' | 'graphql';
  readonly form?: FormParts;
  /** For `otlp`: see `SpanTags` in src/catalog/operation.ts. */
  readonly spanTags?: SpanTags;
  /** For `graphql`: see `GraphqlPolicy` there. */
  readonly graphql?: GraphqlPolicy;
  readonly responseFilter?: { readonly items: string; readonly key: string };
  readonly tagsFilter?: { readonly items: string; readonly key: string; readonly kind: string };
  readonly unshared?: string;
  readonly tagsAfter?: {
    readonly operation: string;
    readonly field: string;
    /** Where the id is: in the response (a dotted path), or in a field of the request. */
    readonly answer?: string;
    readonly request?: string;
  };
  readonly releases?: boolean;
  readonly makesFirst?: { readonly operation: string; readonly field: string; readonly kind: string };
  readonly stamp?: string;
  readonly within?: string;
  readonly among?: { readonly kind: string; readonly key: string };
  readonly named?: string;
  readonly unnamed?: string;
  readonly unprocessable?: boolean;
  /** See `Signs` in src/catalog/operation.ts. */
  readonly signs?:
    | { readonly urls: string; readonly setting?: string }
    | { readonly seconds: number; readonly unsupported: string };
  readonly fields?: Readonly<Record<string, string>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
  readonly 'x-mlflow-path'?: boolean;
}

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly 'x-mlflow-any'?: boolean;
  readonly 'x-mlflow-format'?: string;
  readonly 'x-mlflow-numbers'?: readonly number[];
  readonly 'x-mlflow-oneof'?: string;
}

const HTTP_METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Every operation of the description with its path and method. */
export function* operationsOf(
  description: Description,
): Generator<{ path: string; method: string; described: DescribedOperation }> {
  for (const [path, item] of Object.entries(description.paths)) {
    for (const method of HTTP_METHODS) {
      const described = item[method];
      if (described) yield { path, method: method.toUpperCase(), described };
    }
  }
}
