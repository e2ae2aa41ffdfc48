import fc from 'fast-check';
import { type GraphQLObjectType, getNamedType, isObjectType } from 'graphql';
import { expect, it } from 'vitest';
import { OPERATIONS } from '../../catalog/generated/catalog.ts';
import { operationById } from '../../mlflow/call.ts';
import { type DocumentContent, readDocument, type Selection } from './document.ts';
import { GRAPHQL_SCHEMA } from './generated/schema.ts';
import { readSurface } from './surface.ts';
import { writeDocument } from './write.ts';

const policy = OPERATIONS.find(({ id }) => id === 'graphql')!.graphql!;
const surface = readSurface(GRAPHQL_SCHEMA, policy, operationById);
const { schema } = surface;

/** Draws the choices one after the other until none is left. */
type Draw = (below: number) => number;

/** A selection set on a type, with aliases, nested fragments, directives and repeated fields. */
function selectionsOf(type: GraphQLObjectType, draw: Draw, depth: number): string {
  const fields = Object.values(type.getFields());
  const parts = Array.from({ length: 1 + draw(3) }, () => {
    const field = fields[draw(fields.length)]!;
    const inside = getNamedType(field.type);
    if (isObjectType(inside) && depth === 0) return '__typename';
    const set = isObjectType(inside) ? ` { ${selectionsOf(inside, draw, depth - 1)} }` : '';
    const given = field.args.length > 0 ? `(${field.args[0]!.name}: ${inputOf(field.name, draw)})` : '';
    const text = `a${draw(1_000_000)}: ${field.name}${given}${set}`;
    return [
      text,
      `... { ${text} }`,
      `... on ${type.name} @include(if: true) { ${text} }`,
      `${text} __typename`,
    ][draw(4)]!;
  });
  return parts.join(' ');
}

const TEXTS = ['"r1"', '"a\\"b\\\\c"', '"\\u00e9\\n"', '"""block "q" """', '"{ x } # no comment"', '""'];

function inputOf(field: string, draw: Draw): string {
  const text = TEXTS[draw(TEXTS.length)]!;
  if (field.startsWith('test')) return text;
  const { input } = surface.roots.get(field)!;
  const values = Object.values(input.getFields()).map(({ name, type }) => {
    const one = {
      String: text,
      Int: String(draw(100)),
      LongString: String(draw(100)),
      MlflowViewType: 'ALL',
    }[getNamedType(type).name]!;
    return `${name}: ${String(type).startsWith('[') ? `[${one}, ${one}]` : one}`;
  });
  return `{${values.slice(0, 1 + draw(values.length)).join(', ')}}`;
}

/** The selections as plain data. */
function plain(selections: readonly Selection[]): unknown {
  return selections.map(({ key, place, arguments: given, selections: inside }) => ({
    key,
    place,
    given: JSON.parse(JSON.stringify(given)),
    inside: plain(inside),
  }));
}

it('a written document has the selections that were read', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.boolean(), fc.array(fc.nat(), { minLength: 60, maxLength: 60 }), (mutates, choices) => {
      let at = 0;
      const draw: Draw = (below) => choices[at++ % choices.length]! % below;
      const root = mutates ? schema.getMutationType()! : schema.getQueryType()!;
      const query = `${mutates ? 'mutation' : 'query'} { ${selectionsOf(root, draw, 4)} }`;
      let asked: DocumentContent;
      try {
        asked = readDocument(schema, { query });
      } catch {
        return;
      }
      read++;
      const request = { ...asked, surface, parts: new Map(), introspects: false };
      const again = readDocument(schema, { query: writeDocument(request, new Map(), new Map()) });
      expect([again.kind, plain(again.selections)]).toEqual([asked.kind, plain(asked.selections)]);
    }),
    { numRuns: 500 },
  );
  // Most drawn documents must be valid, or the test would test nothing.
  expect(read).toBeGreaterThan(250);
});
