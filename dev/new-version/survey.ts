import { type Description, operationsOf, type Parameter } from '../../codegen/description.ts';
import { SchemaReader } from '../../codegen/schema-fields.ts';
import type { Field, WireType } from '../../src/catalog/types.ts';

/** A field of an operation that needs a class. */
export interface Place {
  /** `tags[].key`, as the policy spells it. */
  readonly place: string;
  readonly at: Parameter['in'] | 'body';
  readonly type: WireType;
}

/** An operation of the description, as far as the policy has to classify it. */
export interface SurveyedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly group: string;
  readonly places: readonly Place[];
}

/** The name of a field, without the objects and lists around it. */
export const nameOf = (place: string): string =>
  (place.split('.').at(-1) === '*' ? place : (place.split('.').at(-1) ?? place)).replace('[]', '');

/** The field of the request that a place lies in: `tags` of `tags[].key`. */
export const rootOf = (place: string): string => (place.split('.')[0] ?? place).replace('[]', '');

/** Every operation of a description, with the fields that codegen wants a class for. */
export function survey(description: Description): Map<string, SurveyedOperation> {
  const reader = new SchemaReader(description);
  const operations = [...operationsOf(description)].map(({ path, method, described }): SurveyedOperation => {
    const parameters = (described.parameters ?? []).flatMap((p) =>
      leaves(reader.field(p.name, p.schema, false), p.name).map((leaf) => ({ ...leaf, at: p.in })),
    );
    const schema = described.requestBody?.content['application/json']?.schema;
    const fields = schema === undefined ? [] : (reader.fields(schema) ?? []);
    const open =
      schema !== undefined && (reader.isOpen(schema) || reader.fields(schema) === undefined)
        ? [{ place: '*', type: 'any' as const }]
        : [];
    const body = [...fields.flatMap((field) => leaves(field, field.name)), ...open].map((leaf) => ({
      ...leaf,
      at: 'body' as const,
    }));
    // A field has one class by its name, wherever it stands.
    const places = new Map([...parameters, ...body].map((one) => [one.place, one]));
    const group = described.tags?.[0] ?? 'other';
    return { id: described.operationId, method, path, group, places: [...places.values()] };
  });
  return new Map(operations.map((operation) => [operation.id, operation]));
}

function leaves(field: Field, place: string): { place: string; type: WireType }[] {
  const at = field.repeated ? `${place}[]` : place;
  const inside = field.fields ?? [];
  if (field.type === 'map')
    return [{ place: at, type: 'map' }, ...inside.flatMap((entry) => leaves(entry, `${at}.*`))];
  if (field.fields) return inside.flatMap((inner) => leaves(inner, `${at}.${inner.name}`));
  return [{ place: at, type: field.type }];
}

/** The operations and fields that one description has and another one lacks. */
export interface Difference {
  readonly operations: readonly SurveyedOperation[];
  /** Known operations, each with its new fields only. */
  readonly fields: readonly SurveyedOperation[];
}

/** The operations and fields that only `now` has. */
export function difference(
  before: ReadonlyMap<string, SurveyedOperation>,
  now: ReadonlyMap<string, SurveyedOperation>,
): Difference {
  const operations = [...now.values()].filter(({ id }) => !before.has(id));
  const fields = [...now.values()].flatMap((operation) => {
    const known = before.get(operation.id);
    if (known === undefined) return [];
    const had = new Set(known.places.map(({ place }) => place));
    const places = operation.places.filter(({ place }) => !had.has(place));
    return places.length > 0 ? [{ ...operation, places }] : [];
  });
  return { operations, fields };
}
