import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getVariableValues,
  isObjectType,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  type OperationTypeNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  Source,
  TokenKind,
  type VariableValues,
  validate,
} from 'graphql';
import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import { printable } from '../printable.ts';

/** A selected field, with fragments, variables and directives applied. */
export interface Selection {
  /** The response key. */
  readonly key: string;
  /** `Type.field`. */
  readonly place: string;
  readonly field: GraphQLField<unknown, unknown>;
  /** The coerced arguments; only those that are given. */
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly selections: readonly Selection[];
}

/** The operation and selections of a document. */
export interface DocumentContent {
  readonly kind: OperationTypeNode;
  readonly selections: readonly Selection[];
}

/** The parameters of a request by GraphQL over HTTP. */
export interface GraphqlBody {
  readonly query?: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
}

/**
 * The limits of one document. They are MLflow's own (mlflow/server/graphql/graphql_no_batching.py), which older versions lack, less
 * the fields that the gateway adds. Tokens and brackets bound the cost of reading a document.
 */
export const MOST = {
  tokens: 3_000,
  brackets: 50,
  rootFields: 10,
  aliases: 9,
  depth: 10,
  selections: 900,
} as const;

const MOST_PROBLEMS = 3;

/** The response key of the field that the gateway adds; reserved for it. */
export const MARK = 'mlflowGatewayOwner';

/**
 * Reads a GraphQL request into its selections. The caller's document is not kept: the one that is sent is written from the selections.
 *
 * @throws DenialError `invalid_field` if the document does not match the schema, exceeds {@link MOST}, or does not identify one operation
 * @see https://spec.graphql.org/October2021/#sec-Validation
 * @example
 * readDocument(schema, { query: '{ mlflowGetRun(input: {runId: "1"}) { run { info { runName } } } }' }).selections[0].key;
 * // 'mlflowGetRun'
 */
export function readDocument(schema: GraphQLSchema, body: GraphqlBody): DocumentContent {
  const { query, variables, operationName } = body;
  if (typeof query !== 'string') throw invalid('query must be the text of a GraphQL document');
  if (query.length > LIMITS.graphqlLength.value) throw tooMuch(LIMITS.graphqlLength.value, 'characters');
  const document = parseBounded(query);
  const problems = validate(schema, document, undefined, { maxErrors: MOST_PROBLEMS });
  if (problems.length > 0) throw invalid(problems.map(({ message }) => message).join(' '));
  const operation = chooseOperation(document, operationName);
  const values = getVariableValues(
    schema,
    operation.variableDefinitions ?? [],
    (variables ?? {}) as Record<string, unknown>,
    { maxErrors: MOST_PROBLEMS },
  );
  if (values.errors) throw invalid(values.errors.map(({ message }) => message).join(' '));
  const collector = new Collector(schema, document, values.variableValues);
  const root = schema.getRootType(operation.operation)!;
  return { kind: operation.operation, selections: collector.collect([operation.selectionSet], root, 1) };
}

function parseBounded(query: string): DocumentNode {
  try {
    checkNesting(query);
    return parse(query, { noLocation: true, maxTokens: MOST.tokens });
  } catch (error) {
    if (error instanceof DenialError) throw error;
    throw invalid((error as Error).message);
  }
}

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * Bounds nesting before the parser, which recurses, reads the document: `maxTokens` does not, and 3,000 brackets overflow
 * the parser's stack. Tokens past `MOST.tokens` are left to `maxTokens`.
 */
function checkNesting(query: string): void {
  const lexer = new Lexer(new Source(query));
  let depth = 0;
  for (let tokens = 0; tokens <= MOST.tokens; tokens++) {
    const { kind } = lexer.advance();
    if (OPENING.has(kind)) depth++;
    else if (CLOSING.has(kind)) depth--;
    if (depth > MOST.brackets) throw tooMuch(MOST.brackets, 'nested brackets');
  }
}

function chooseOperation(document: DocumentNode, name: unknown): OperationDefinitionNode {
  if (name !== undefined && typeof name !== 'string') throw invalid('operationName must be a string');
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const named = name ? operations.filter((operation) => operation.name?.value === name) : operations;
  const [chosen, ...more] = named;
  if (chosen !== undefined && more.length === 0) return chosen;
  throw invalid(
    name
      ? 'the document has no operation of the name in operationName'
      : `the document has ${operations.length} operations: operationName must name one of them`,
  );
}

/** The fields of one response key. */
type SameKey = [FieldNode, ...FieldNode[]];

/** Applies fragments, variables and directives as an executor would (section 6.3.2), and counts the selections. */
class Collector {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #values: VariableValues;
  #selections = 0;

  constructor(schema: GraphQLSchema, document: DocumentNode, values: VariableValues) {
    this.#schema = schema;
    this.#values = values;
    this.#fragments = new Map(
      document.definitions.flatMap((one) =>
        one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [],
      ),
    );
  }

  collect(sets: readonly SelectionSetNode[], type: GraphQLObjectType, depth: number): Selection[] {
    if (depth > MOST.depth) throw tooMuch(MOST.depth, 'levels');
    const found = new Map<string, SameKey>();
    for (const set of sets) this.#gather(set.selections, found);
    const nodes = [...found.values()];
    if (nodes.length === 0) throw invalid(`the document selects no field of ${type.name}`);
    if (depth === 1 && nodes.length > MOST.rootFields) throw tooMuch(MOST.rootFields, 'root fields');
    if (nodes.filter(([node]) => node.alias).length > MOST.aliases) throw tooMuch(MOST.aliases, 'aliases');
    return [...found].map(([key, same]) => this.#select(key, same, type, depth));
  }

  /** The selections of one level by response key; validation has ensured that equal keys can be merged. */
  #gather(selections: readonly SelectionNode[], found: Map<string, SameKey>): void {
    for (const node of selections) {
      if (++this.#selections > MOST.selections) throw tooMuch(MOST.selections, 'selections');
      if (!this.#isIncluded(node)) continue;
      // MLflow's schema has no abstract types, so a valid fragment is on this very type.
      if (node.kind === Kind.INLINE_FRAGMENT) this.#gather(node.selectionSet.selections, found);
      else if (node.kind === Kind.FRAGMENT_SPREAD)
        this.#gather(this.#fragments.get(node.name.value)!.selectionSet.selections, found);
      else {
        const key = node.alias?.value ?? node.name.value;
        if (key === MARK) throw invalid(`${MARK} is reserved as the gateway's own alias`);
        const same = found.get(key);
        if (same === undefined) found.set(key, [node]);
        else same.push(node);
      }
    }
  }

  #select(key: string, nodes: SameKey, parent: GraphQLObjectType, depth: number): Selection {
    const [node] = nodes;
    const field = this.#schema.getField(parent, node.name.value)!;
    const type = getNamedType(field.type);
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    return {
      key,
      place: `${parent.name}.${field.name}`,
      field,
      arguments: this.#read(field, node),
      selections: isObjectType(type) ? this.collect(sets, type, depth + 1) : [],
    };
  }

  /** The values of given arguments; MLflow applies the defaults. */
  #read(field: GraphQLField<unknown, unknown>, node: FieldNode): Record<string, unknown> {
    if (!node.arguments?.length) return {};
    try {
      const values = getArgumentValues(field, node, this.#values);
      const given = node.arguments
        .map(({ name }) => name.value)
        .filter((name) => Object.hasOwn(values, name));
      return Object.fromEntries(given.map((name) => [name, values[name]]));
    } catch (error) {
      throw invalid((error as Error).message);
    }
  }

  #isIncluded(node: SelectionNode): boolean {
    if (!node.directives?.length) return true;
    return (
      getDirectiveValues(GraphQLSkipDirective, node, this.#values)?.if !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, this.#values)?.if !== false
    );
  }
}

function invalid(problem: string): DenialError {
  return new DenialError('invalid_field', `GraphQL: ${printable(problem)}`);
}

function tooMuch(most: number, what: string): DenialError {
  return invalid(`a document may have at most ${most} ${what}.`);
}
