import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputObjectType,
  GraphQLScalarType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isObjectType,
} from 'graphql';
import type { GraphqlPolicy, Operation } from '../../catalog/types.ts';

/** The only argument of MLflow's root fields: the request of the corresponding operation. */
export const INPUT = 'input';

/** A field of a root type, with its corresponding operation. */
export interface RootField {
  readonly operation: Operation;
  readonly input: GraphQLInputObjectType;
  /** Name of each field of the input -> its name in the operation. */
  readonly names: ReadonlyMap<string, string>;
}

/** MLflow's GraphQL schema with the policy for it. */
export interface GraphqlSurface {
  readonly schema: GraphQLSchema;
  /** By name; `undefined` for a field without tenant data. Queries and mutations share their names. */
  readonly roots: ReadonlyMap<string, RootField | undefined>;
  /** `Type.field` of a field that MLflow resolves by a query of its own -> the field of each item that holds its tags. */
  readonly tagged: ReadonlyMap<string, string>;
}

/** The name in GraphQL of a field of the REST API. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Reads MLflow's schema and the policy for it, once at start.
 *
 * @param sdl in GraphQL's schema language; a field that MLflow resolves by a query of its own is marked `@resolved`
 * @throws Error that lists everything unclassified, or without a corresponding field in an operation
 * @example
 * readSurface(GRAPHQL_SCHEMA, operation.graphql, operationById).roots.get('mlflowGetRun')?.operation.id; // 'getRun'
 */
export function readSurface(
  sdl: string,
  policy: GraphqlPolicy,
  operationById: (id: string) => Operation,
): GraphqlSurface {
  const schema = buildSchema(sdl, { assumeValidSDL: true });
  const problems: string[] = [];
  const roots = new Map<string, RootField | undefined>();
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const id = policy.fields[field.name];
      if (id === undefined) problems.push(`field ${field.name} not classified`);
      else if (id === null) roots.set(field.name, undefined);
      else roots.set(field.name, readRoot(field, operationById(id), problems));
    }
  }
  for (const name of Object.keys(policy.fields)) {
    if (!roots.has(name)) problems.push(`the policy classifies ${name}, which the schema lacks`);
  }
  const resolved = resolvedFields(schema);
  for (const place of resolved) {
    if (policy.resolved[place] === undefined) problems.push(`field ${place} not classified`);
  }
  for (const place of Object.keys(policy.resolved)) {
    if (!resolved.has(place)) problems.push(`the policy classifies ${place}, which MLflow does not resolve`);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  readIntegersExactly(schema);
  const tagged = Object.entries(policy.resolved).filter((entry): entry is [string, string] => !!entry[1]);
  return { schema, roots, tagged: new Map(tagged) };
}

function readRoot(
  field: GraphQLField<unknown, unknown>,
  operation: Operation,
  problems: string[],
): RootField | undefined {
  const [argument, ...more] = field.args;
  const input = argument && getNamedType(argument.type);
  if (argument?.name !== INPUT || more.length > 0 || !isInputObjectType(input)) {
    problems.push(`field ${field.name} takes more than ${INPUT}`);
    return undefined;
  }
  const { body, bodyFields, query, tags } = operation;
  const tagsFilter = tags.rule === 'search' ? tags.tagsFilter : undefined;
  const known = new Map((body === 'json' ? bodyFields : query).map(({ name }) => [camelCase(name), name]));
  for (const name of Object.keys(input.getFields())) {
    if (!known.has(name)) problems.push(`${operation.id} has no field for ${field.name}(${name})`);
  }
  if (tagsFilter && tagsFilter.key.length > 1)
    problems.push(`the response of ${field.name} cannot be filtered by ${tagsFilter.key.join('.')}`);
  return { operation, input, names: known };
}

function resolvedFields(schema: GraphQLSchema): Set<string> {
  const places = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const { name, astNode } of Object.values(type.getFields())) {
      if (astNode?.directives?.some((directive) => directive.name.value === 'resolved'))
        places.add(`${type.name}.${name}`);
    }
  }
  return places;
}

/** MLflow's custom scalars hold 64-bit integers; ones that JavaScript cannot hold exactly are refused. */
function readIntegersExactly(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!(type instanceof GraphQLScalarType) || type.astNode === undefined) continue;
    type.coerceInputValue = readInteger;
    type.coerceInputLiteral = (node) => {
      if (node.kind !== 'IntValue') throw new TypeError(`${type.name} must be an integer`);
      return readInteger(node.value);
    };
  }
}

function readInteger(value: unknown): number {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new TypeError('must be an integer');
}
