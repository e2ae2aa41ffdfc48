import { isJsonText } from '../src/catalog/field-classes.ts';
import type {
  Field,
  FieldClass,
  FormParts,
  Method,
  Operation,
  OperationBody,
  PathParameter,
  TagItem,
} from '../src/catalog/types.ts';
import { answerTags } from './answer-tags.ts';
import { FieldBounds, unbounded } from './bounds.ts';
import {
  type DescribedOperation,
  type Description,
  type KindPolicy,
  type OperationPolicy,
  operationsOf,
  type Parameter,
  tagItemOf,
} from './description.ts';
import { readFieldClass } from './field-class.ts';
import { buildKinds } from './kinds.ts';
import { brokenLinks } from './links.ts';
import { withNulls } from './nulls.ts';
import { OlderNames } from './older-names.ts';
import { planTags } from './plan/tags-plan.ts';
import { planWorkspaces } from './plan/workspaces-plan.ts';
import { SchemaReader } from './schema-fields.ts';
import { planSigns } from './signs.ts';

/** https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters: the document in them has the meaning. */
const GRAPHQL_FIELDS: readonly Field[] = [
  { name: 'query', type: 'string', required: true, policy: { class: 'opaque' } },
  { name: 'variables', type: 'any', policy: { class: 'opaque' } },
  { name: 'operationName', type: 'string', policy: { class: 'opaque' } },
];

/**
 * Builds the catalog from the description with the policy applied.
 *
 * @returns the operations, and all unclassified operations and fields in `problems`: nothing may be generated until it is empty,
 *   since an unclassified field bypasses the tenant check
 */
export function buildOperations(description: Description): { operations: Operation[]; problems: string[] } {
  const problems: string[] = [];
  const kinds = description['x-gateway']?.kinds ?? {};
  const tagItem = tagItemOf(description);
  const context: BuildContext = { reader: new SchemaReader(description), kinds, tagItem, problems };
  const bounds = new FieldBounds(description['x-gateway']?.bounds ?? []);
  const older = new OlderNames(description['x-gateway']?.['older-names'] ?? {});
  const operations: Operation[] = [];
  const seen = new Set<string>();
  for (const { path, method, described } of operationsOf(description)) {
    const id = described.operationId;
    if (seen.has(id)) problems.push(`${id}: described twice`);
    seen.add(id);
    const policy = described['x-gateway'];
    if (!policy) {
      problems.push(`${id} (${method} ${path}): operation not classified`);
      continue;
    }
    const built = buildOperation(id, path, method as Method, described, policy, context);
    const bounded = older.apply(withBounds(built, bounds));
    problems.push(...unboundedFields(bounded));
    const answered = answerTags(
      description,
      described.responses?.['200']?.content?.['application/json']?.schema,
    );
    operations.push(answered.length > 0 ? { ...bounded, answerTags: answered } : bounded);
  }
  problems.push(
    ...bounds.problems(),
    ...older.problems(),
    ...brokenLinks(operations, buildKinds(kinds, operations, tagItem), tagItem),
  );
  return { operations: operations.sort((a, b) => (a.id < b.id ? -1 : 1)), problems };
}

function withBounds(operation: Operation, bounds: FieldBounds): Operation {
  const { id } = operation;
  const apply = (fields: readonly Field[]): Field[] => fields.map((field) => bounds.apply(id, field));
  return {
    ...operation,
    path: operation.path.map((p) => ({ ...p, maxLength: bounds.ofPath(id, p.name, p.policy) })),
    query: apply(operation.query),
    headers: apply(operation.headers),
    bodyFields: apply(operation.bodyFields),
  };
}

/** Lists, maps and texts of an operation without a bound: MLflow would have to read values of any length. */
export function unboundedFields({ id, query, headers, bodyFields }: Operation): string[] {
  return [...query, ...headers, ...bodyFields].flatMap((field) =>
    unbounded(field, field.name).map((problem) => `${id}: ${problem}`),
  );
}

/** The context that all operations share. */
interface BuildContext {
  readonly reader: SchemaReader;
  readonly kinds: Readonly<Record<string, KindPolicy>>;
  readonly tagItem: TagItem;
  readonly problems: string[];
}

function buildOperation(
  id: string,
  path: string,
  method: Method,
  described: DescribedOperation,
  policy: OperationPolicy,
  context: BuildContext,
): Operation {
  const { reader } = context;
  const problem = (text: string): void => void context.problems.push(`${id}: ${text}`);
  if (!policy.permission || !/^[a-z-]+:[a-z]+$/.test(policy.permission))
    problem('permission must be resource:verb');
  if ((policy.workspaces === 'server-feature') !== (policy.feature !== undefined)) {
    problem('feature goes with the rule server-feature');
  }
  const workspaces = planWorkspaces(policy, problem);
  if (policy.tags === 'server-feature' && workspaces.rule !== 'server-feature')
    problem('server-feature is a rule of both strategies or of none');
  const classes = new FieldClasses(policy.fields ?? {}, new Set(Object.keys(context.kinds)), problem);
  const parameters = described.parameters ?? [];
  const inPlace = (place: Parameter['in']): Field[] =>
    parameters
      .filter((p) => p.in === place)
      .map((p) => classes.apply(reader.field(p.name, p.schema, p.required ?? false), p.name))
      .map((field) => withNulls(field, false));
  const pathParameters: PathParameter[] = parameters
    .filter((p) => p.in === 'path')
    .map((p) => ({
      name: p.name,
      ...(p['x-mlflow-path'] ? { rest: true as const } : {}),
      policy: classes.of(p.name),
    }));
  const query = inPlace('query');
  const headers = inPlace('header');
  if ([...pathParameters, ...query, ...headers].some(({ policy }) => isJsonText(policy)))
    problem('only a body may have JSON in text');
  const body = readBody(described, policy, reader, classes, problem);
  if (policy.anyQuery && query.length > 0) problem('anyQuery is for an operation without a query');
  classes.reportUnused();
  const permission = policy.permission ?? '';
  const nulls = described['x-mlflow-nulls'] === true;
  const bodyFields = body.bodyFields.map((field) => withNulls(field, nulls));
  const signs = planSigns(policy.signs, { path: pathParameters, query, headers, bodyFields }, problem);
  return {
    id,
    method,
    paths: [path, ...described['x-mlflow-mounts'].filter((mount) => mount !== path)],
    group: described.tags?.[0] ?? 'other',
    summary: described.summary ?? id,
    permission,
    versions: described['x-mlflow-versions'],
    workspaces,
    tags: planTags({ id, permission, path: pathParameters, query, headers, bodyFields }, policy, {
      tagItem: context.tagItem,
      kinds: context.kinds,
      problem,
    }),
    path: pathParameters,
    query,
    headers,
    ...body,
    bodyFields,
    ...(nulls ? { nulls } : {}),
    ...(described['x-mlflow-message'] ? { message: true as const } : {}),
    ...(policy.public ? { public: true as const } : {}),
    ...(policy.anyQuery ? { anyQuery: true as const } : {}),
    ...(policy.awaitsStorage ? { awaitsStorage: true as const } : {}),
    ...(policy.unprocessable ? { unprocessable: true as const } : {}),
    ...(signs ? { signs } : {}),
  };
}

function readBody(
  described: DescribedOperation,
  policy: OperationPolicy,
  reader: SchemaReader,
  classes: FieldClasses,
  problem: (text: string) => void,
): OperationBody & Pick<Operation, 'bodyFields'> {
  if ((policy.body === 'graphql') !== (policy.graphql !== undefined))
    problem('graphql goes with the body graphql');
  // MLflow reads it on GET as well, where OpenAPI describes no body.
  if (policy.graphql) return { body: 'graphql', bodyFields: GRAPHQL_FIELDS, graphql: policy.graphql };
  const content = described.requestBody?.content;
  if (!content) return { body: 'none', bodyFields: [] };
  const types = Object.keys(content);
  if ((policy.body === 'otlp') !== (policy.spanTags !== undefined))
    problem('spanTags goes with the body otlp');
  if (policy.spanTags)
    return { body: 'otlp', bodyFields: [], contentTypes: types, spanTags: policy.spanTags };
  const json = content['application/json'];
  if (!json || policy.body === 'stream') return { body: 'stream', bodyFields: [], contentTypes: types };
  const schema = json.schema ?? {};
  const fields = reader.fields(schema);
  const bodyFields = (fields ?? []).map((field) => classes.apply(field, field.name));
  const form = formOf(content, policy, problem);
  if (fields && !reader.isOpen(schema)) return { body: 'json', bodyFields, ...(form ? { form } : {}) };
  if (form) problem('a form goes with JSON of known fields');
  // Free-form JSON: one class for all unlisted fields, named `*` in the policy.
  if (classes.of('*').class !== 'opaque')
    problem('unlisted fields of a free-form body (`*`) can only be opaque');
  return { body: 'json', bodyFields, bodyOpen: true };
}

/** The parts of a form that MLflow accepts in place of JSON: the policy names both. */
function formOf(
  content: NonNullable<DescribedOperation['requestBody']>['content'],
  { form }: OperationPolicy,
  problem: (text: string) => void,
): FormParts | undefined {
  const described = Object.keys(content['multipart/form-data']?.schema?.properties ?? {}).sort();
  const given = form === undefined ? [] : [form.fields, form.file].sort();
  if (described.join() !== given.join())
    problem(
      `the form has the parts ${described.join(' and ') || 'of none'}, and the policy names ${given.join(' and ') || 'none'}`,
    );
  return form;
}

/** The policy's classification of one operation's fields, checked for gaps and leftovers. */
class FieldClasses {
  readonly #given: Readonly<Record<string, string>>;
  readonly #kinds: ReadonlySet<string>;
  readonly #problem: (text: string) => void;
  readonly #used = new Set<string>();

  constructor(
    given: Readonly<Record<string, string>>,
    kinds: ReadonlySet<string>,
    problem: (text: string) => void,
  ) {
    this.#given = given;
    this.#kinds = kinds;
    this.#problem = problem;
  }

  /** The class of a leaf, by its place: `name`, `tags[].key`, `options.*`. */
  of(place: string): FieldClass {
    this.#used.add(place);
    const text = this.#given[place];
    if (text === undefined) {
      this.#problem(`field ${place} not classified`);
      return { class: 'opaque' };
    }
    try {
      return readFieldClass(text, this.#kinds);
    } catch (error) {
      this.#problem(`field ${place}: ${(error as Error).message}`);
      return { class: 'opaque' };
    }
  }

  /** Gives every leaf under `field` its class. */
  apply(field: Field, place: string): Field {
    const at = field.repeated ? `${place}[]` : place;
    if (field.type === 'map') {
      // The keys of a map can be tag keys, so they are classified like a leaf.
      const inside = field.fields?.map((entry) => this.apply(entry, `${at}.*`));
      return { ...field, policy: this.of(at), ...(inside ? { fields: inside } : {}) };
    }
    if (field.fields) {
      return { ...field, fields: field.fields.map((inner) => this.apply(inner, `${at}.${inner.name}`)) };
    }
    const policy = this.of(at);
    if (isJsonText(policy) && field.type !== 'string')
      this.#problem(`field ${at}: JSON in text must be a string`);
    return { ...field, policy };
  }

  reportUnused(): void {
    for (const place of Object.keys(this.#given)) {
      if (!this.#used.has(place))
        this.#problem(`the policy classifies ${place}, which the description lacks`);
    }
  }
}
