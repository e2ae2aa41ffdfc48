import type { Bounds, Field } from '../catalog/types.ts';

/** The fields of one message by name. Built once at start. */
export type FieldIndex = ReadonlyMap<string, IndexedField>;

export interface IndexedField
  extends Omit<Field, 'fields' | 'values' | 'numbers' | 'older' | 'nullable' | keyof Bounds>,
    Required<Bounds> {
  /** The meaning of null: the field is absent, null is its value, or none. */
  readonly null: 'absent' | 'value' | 'refused';
  /** Whether protobuf parses the field: it accepts several spellings of numbers and enums. */
  readonly message: boolean;
  /** The fields of an `object` or a `map`; empty for other types. */
  readonly inside: FieldIndex;
  /** For `enum`: accepted spelling -> name of the value; empty for other types. */
  readonly spellings: ReadonlyMap<string, string>;
  /** For `enum`: the accepted values, for messages. */
  readonly takes: string | undefined;
  /** For the older name of a field: its current name. */
  readonly newer?: string;
  /** Whether MLflow reads the older name when the current one is absent. */
  readonly alone?: boolean;
}

/**
 * Prepares fields for parsing, once per operation at start, so that a request costs only map lookups.
 *
 * @param message whether MLflow parses the fields with protobuf (`Operation.message`)
 * @param nulls whether null differs from an absent field (`Operation.nulls`)
 */
export function indexFields(fields: readonly Field[], message = false, nulls = false): FieldIndex {
  const index = new Map<string, IndexedField>(
    fields.map((field) => [field.name, indexed(field, message, nulls)]),
  );
  for (const field of fields) {
    const { name, older } = field;
    if (older === undefined) continue;
    const known = index.get(older);
    index.set(older, {
      ...(known ?? index.get(name) ?? indexed(field, message, nulls)),
      newer: name,
      alone: known !== undefined,
    });
  }
  return index;
}

const NO_FIELDS: FieldIndex = new Map();
const NO_SPELLINGS: ReadonlyMap<string, string> = new Map();

function indexed(field: Field, message: boolean, nulls: boolean): IndexedField {
  const { values, numbers } = field;
  const numbered = message && numbers !== undefined;
  return {
    name: field.name,
    type: field.type,
    message,
    null: !nulls ? 'absent' : field.nullable ? 'value' : 'refused',
    ...(field.repeated ? { repeated: field.repeated } : {}),
    ...(field.policy ? { policy: field.policy } : {}),
    ...(field.unsigned ? { unsigned: field.unsigned } : {}),
    ...(field.single ? { single: field.single } : {}),
    ...(field.oneof ? { oneof: field.oneof } : {}),
    inside: field.fields ? indexFields(field.fields, message, nulls) : NO_FIELDS,
    spellings: values ? spellingsOf(values, numbered ? numbers : []) : NO_SPELLINGS,
    takes: values?.map((name, i) => (numbered ? `${name} (or ${numbers[i]})` : name)).join(', '),
    // Codegen sets a bound on every field that needs one (codegen/bounds.ts).
    maxItems: field.maxItems ?? Infinity,
    maxLength: field.maxLength ?? Infinity,
    max: field.max ?? Infinity,
  };
}

function spellingsOf(names: readonly string[], numbers: readonly number[]): ReadonlyMap<string, string> {
  return new Map([
    ...numbers.map((number, i): [string, string] => [String(number), names[i]!]),
    ...names.map((name): [string, string] => [name, name]),
  ]);
}
