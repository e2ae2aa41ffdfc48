import {
  type ArgumentNode,
  type FieldNode,
  type GraphQLInputObjectType,
  getNamedType,
  isScalarType,
  Kind,
  print,
  type SelectionSetNode,
  valueToLiteral,
} from 'graphql';
import type { CanonicalRequest, GraphqlRequest } from '../types.ts';
import { MARK, type Selection } from './document.ts';

import { INPUT, type RootField } from './surface.ts';

/** A field that the gateway adds to the caller's, to learn the owner of a resource. */
export interface Mark {
  readonly name: string;
  readonly fields: readonly string[];
}

/**
 * Writes the document of the request to MLflow: one operation, without fragments, variables and directives.
 *
 * @param sent the REST requests of the root fields, as judged
 * @param marks the field to add to the selections of a selection
 * @example
 * writeDocument(request, new Map(), new Map());
 * // '{ mlflowGetRun(input: {runId: "1"}) { run { info { runName } } } }', on several lines
 */
export function writeDocument(
  { kind, selections, surface }: GraphqlRequest,
  sent: ReadonlyMap<Selection, CanonicalRequest>,
  marks: ReadonlyMap<Selection, Mark>,
): string {
  const nodes = selections.map((selection) => {
    const request = sent.get(selection);
    const values = request && { [INPUT]: inputOf(surface.roots.get(selection.field.name)!, request) };
    return fieldNode(selection, values ?? selection.arguments, marks);
  });
  return print({ kind: Kind.OPERATION_DEFINITION, operation: kind, selectionSet: set(nodes)! });
}

/** The input that is equivalent to a REST request. */
function inputOf({ names, input }: RootField, { operation, body, query }: CanonicalRequest): object {
  const fields = input.getFields();
  const out: Record<string, unknown> = {};
  for (const [name, called] of names) {
    const value = operation.body === 'json' ? body?.[called] : query.get(called);
    if (value === undefined || !Object.hasOwn(fields, name)) continue;
    out[name] = operation.body === 'json' ? value : fromText(value as string | string[], name, input);
  }
  return out;
}

const TEXT: ReadonlySet<string> = new Set(['String', 'ID']);

/** All values of a query are text; those of other GraphQL types are numbers in MLflow. */
function fromText(text: string | readonly string[], name: string, input: GraphQLInputObjectType): unknown {
  const type = getNamedType(input.getFields()[name]!.type);
  return isScalarType(type) && !TEXT.has(type.name) ? Number(text) : text;
}

function fieldNode(
  { key, field, selections }: Selection,
  values: Readonly<Record<string, unknown>>,
  marks: ReadonlyMap<Selection, Mark>,
  mark?: Mark,
): FieldNode {
  const inside = selections.map((one) => fieldNode(one, one.arguments, marks, marks.get(one)));
  return {
    kind: Kind.FIELD,
    ...(key === field.name ? {} : { alias: named(key) }),
    name: named(field.name),
    arguments: field.args.flatMap(({ name, type }): ArgumentNode[] => {
      if (values[name] === undefined) return [];
      const value = valueToLiteral(values[name], type);
      // Leaving the argument out would change the request.
      if (value === undefined) throw new Error(`${name} of ${field.name} cannot be written`);
      return [{ kind: Kind.ARGUMENT, name: named(name), value }];
    }),
    ...(inside.length === 0 ? {} : { selectionSet: set(mark ? [...inside, markNode(mark)] : inside) }),
  };
}

function markNode({ name, fields }: Mark): FieldNode {
  const inside = fields.map((field): FieldNode => ({ kind: Kind.FIELD, name: named(field) }));
  return {
    kind: Kind.FIELD,
    alias: named(MARK),
    name: named(name),
    ...(inside.length === 0 ? {} : { selectionSet: set(inside) }),
  };
}

const named = (value: string) => ({ kind: Kind.NAME, value }) as const;
const set = (selections: readonly FieldNode[]): SelectionSetNode => ({
  kind: Kind.SELECTION_SET,
  selections,
});
