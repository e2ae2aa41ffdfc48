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

/** A field that the gateway asks for beside the caller's, to know whose something is. */
export interface Mark {
  readonly name: string;
  readonly fields: readonly string[];
}

/**
 * Writes the document that is sent: no fragments, no variables, no directives, one operation.
 *
 * @param sent the requests of the root fields as they may be sent
 * @param marks what else to ask for in what a selection selects
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

/** The input that says the same as a request. */
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

/** In a query all is text; what is not text to GraphQL is a number to MLflow. */
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
      // What cannot be written cannot be sent: leaving it out would ask for something else.
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
