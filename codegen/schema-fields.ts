import type { Field, WireType } from '../src/catalog/types.ts';
import type { Description, Schema } from './description.ts';

/** Turns a JSON Schema of the description into the fields that the gateway parses strictly. */
export class SchemaReader {
  readonly #schemas: Readonly<Record<string, Schema>>;

  constructor(description: Description) {
    this.#schemas = description.components?.schemas ?? {};
  }

  /** True for an object that may hold more than its listed properties (another product's format). */
  isOpen(schema: Schema): boolean {
    return this.#resolve(schema, []).schema['x-mlflow-any'] === true;
  }

  /** The listed properties of an object schema; `undefined` if it lists none. */
  fields(schema: Schema, seen: readonly string[] = []): Field[] | undefined {
    const { schema: resolved, seen: inside } = this.#resolve(schema, seen);
    if (!resolved.properties) return undefined;
    const required = new Set(resolved.required);
    return Object.entries(resolved.properties).map(([name, property]) =>
      this.field(name, property, required.has(name), inside),
    );
  }

  field(name: string, given: Schema, required: boolean, seen: readonly string[] = []): Field {
    const { schema, seen: inside } = this.#resolve(given, seen);
    const nulls = this.#takesNull(given) ? { nullable: true as const } : {};
    if (schema.type === 'array' && schema.items) {
      const item = this.field(name, schema.items, required, inside);
      // A list of lists has no shape in protobuf; it only occurs inside free-form JSON.
      if (item.repeated) return { name, type: 'any', ...(required ? { required } : {}), ...nulls };
      // Null in place of the list, not of an item: no version of MLflow takes lists with nulls in them.
      const { nullable: _, ...ofItem } = item;
      return { ...ofItem, repeated: true, ...nulls };
    }
    const base = {
      name,
      ...(required ? { required: true as const } : {}),
      ...nulls,
      ...(given['x-mlflow-oneof'] ? { oneof: given['x-mlflow-oneof'] } : {}),
    };
    if (schema.type === 'object' && typeof schema.additionalProperties === 'object' && !schema.properties) {
      return { ...base, type: 'map', fields: [this.field('*', schema.additionalProperties, false, inside)] };
    }
    const fields =
      schema.type === 'object' && !schema['x-mlflow-any'] ? this.fields(schema, inside) : undefined;
    if (fields) return { ...base, type: 'object', fields };
    const type = scalar(schema);
    if (type === 'enum') {
      const numbers = schema['x-mlflow-numbers'];
      return { ...base, type, values: (schema.enum ?? []).map(String), ...(numbers ? { numbers } : {}) };
    }
    return { ...base, type, ...rangeOf(schema) };
  }

  /** Whether null is one of the alternatives of a schema. */
  #takesNull({ type, anyOf = [], oneOf = [] }: Schema): boolean {
    const types = typeof type === 'string' ? [type] : (type ?? []);
    return types.includes('null') || [...anyOf, ...oneOf].some((option) => this.#takesNull(option));
  }

  #resolve(schema: Schema, seen: readonly string[]): { schema: Schema; seen: readonly string[] } {
    const only = nullable(schema);
    if (only) return this.#resolve(only, seen);
    if (!schema.$ref) return { schema, seen };
    const name = schema.$ref.replace('#/components/schemas/', '');
    const target = this.#schemas[name];
    if (!target) throw new Error(`the description refers to ${schema.$ref}, which it lacks`);
    // A message that contains itself is free-form JSON from that level on.
    if (seen.includes(name)) return { schema: { 'x-mlflow-any': true }, seen };
    return this.#resolve(target, [...seen, name]);
  }
}

/** The one real alternative of `anyOf: [X, null]`, `allOf: [X]` and the like. */
function nullable(schema: Schema): Schema | undefined {
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (!options) return undefined;
  const real = options.filter((option) => option.type !== 'null');
  return real.length === 1 ? real[0] : undefined;
}

function rangeOf({ format }: Schema): Pick<Field, 'unsigned' | 'single'> {
  if (format === 'uint32' || format === 'uint64') return { unsigned: true };
  return format === 'float' ? { single: true } : {};
}

function scalar(schema: Schema): WireType {
  if (schema['x-mlflow-any']) return 'any';
  const types =
    typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []).filter((t) => t !== 'null');
  if (types.length !== 1) return schema.enum?.every((v) => typeof v === 'string') ? 'enum' : 'any';
  switch (types[0]) {
    case 'string':
      if (schema.enum) return 'enum';
      if (schema['x-mlflow-format'] === 'duration') return 'duration';
      if (schema.format === 'date-time') return 'timestamp';
      if (schema.format === 'byte') return 'bytes';
      return 'string';
    case 'integer':
      return schema.format === 'int32' || schema.format === 'uint32' ? 'int32' : 'int64';
    case 'number':
      return 'double';
    case 'boolean':
      return 'boolean';
    default:
      return 'any';
  }
}
