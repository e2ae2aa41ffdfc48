import { suggest } from '../suggest.ts';
import { tryParse, type ValueType } from '../value-type.ts';
import { type Problems, pathOf, shown } from './problems.ts';
import { isList, isMap, kindOf, type Tree } from './tree.ts';

/** A JSON Schema (draft-07 and newer). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The permitted form of a value in the file: its parser and its JSON Schema, so that both agree.
 */
export interface Shape<T> {
  /** @returns `undefined` for a value that is not of this shape, with the reasons in `problems` */
  read(value: Tree, at: string, problems: Problems): T | undefined;
  readonly schema: JsonSchema;
}

/** The type of the values of a shape. */
export type ValueOfShape<S> = S extends Shape<infer T> ? T : never;

/** Text, checked as the text of an environment variable is. */
export function text<T>(type: ValueType<T>, schema: JsonSchema = {}): Shape<T> {
  return {
    schema: { type: 'string', minLength: 1, ...keywords(type.jsonSchema), ...schema },
    read(value, at, problems) {
      if (typeof value !== 'string') {
        const fix = typeof value === 'object' ? '' : `. Write it in quotes, "${value}", if it is meant`;
        problems.add(at, `must be text, and is ${kindOf(value)}${fix}`);
        return undefined;
      }
      if (value === '' || value.trim() !== value) {
        problems.add(at, 'must not be empty, nor start or end with a blank');
        return undefined;
      }
      return checked(type, value, at, problems);
    },
  };
}

/** A number, checked as the text of an environment variable is. */
export function number(type: ValueType<number>): Shape<number> {
  return {
    schema: { ...keywords(type.jsonSchema), type: 'number' },
    read(value, at, problems) {
      if (typeof value === 'number') return checked(type, String(value), at, problems);
      problems.add(at, `must be a number, and is ${kindOf(value)}`);
      return undefined;
    },
  };
}

/** One of a few words, in this letter case. */
export function word<const W extends string>(...words: readonly W[]): Shape<W> {
  return {
    schema: { type: 'string', enum: words },
    read(value, at, problems) {
      const found = words.find((candidate) => candidate === value);
      if (found === undefined) problems.add(at, `must be ${words.join(' or ')}`);
      return found;
    },
  };
}

/** A list, also of one value. */
export function list<T>(item: Shape<T>, bounds: { readonly most?: number } = {}): Shape<readonly T[]> {
  const { most } = bounds;
  return {
    schema: {
      type: 'array',
      items: item.schema,
      minItems: 1,
      ...(most === undefined ? {} : { maxItems: most }),
    },
    read(value, at, problems) {
      if (!isList(value)) {
        const hint = typeof value === 'string' ? `. Write [${value}]` : '';
        problems.add(at, `must be a list, and is ${kindOf(value)}${hint}`);
        return undefined;
      }
      if (value.length === 0) problems.add(at, 'must have at least one value');
      if (most !== undefined && value.length > most) {
        problems.add(at, `has ${value.length} values, and may have at most ${most}`);
        return undefined;
      }
      return allOf(value.map((one, i) => item.read(one, pathOf(at, i), problems)));
    },
  };
}

/** A map from text to values. */
export function mapOf<T>(key: Shape<string>, item: Shape<T>): Shape<ReadonlyMap<string, T>> {
  return {
    schema: {
      type: 'object',
      propertyNames: key.schema,
      additionalProperties: item.schema,
      minProperties: 1,
    },
    read(value, at, problems) {
      if (!isMap(value)) {
        problems.add(at, `must be a map, and is ${kindOf(value)}`);
        return undefined;
      }
      if (value.size === 0) problems.add(at, 'must have at least one entry');
      const map = new Map<string, T>();
      for (const [name, one] of value) {
        const where = pathOf(at, name);
        const read = item.read(one, where, problems);
        if (key.read(name, where, problems) !== undefined && read !== undefined) map.set(name, read);
      }
      return map.size === value.size ? map : undefined;
    },
  };
}

/** A field of an object. */
export interface Field<T = unknown> {
  readonly shape: Shape<T>;
  /** Markdown, for editors. */
  readonly description: string;
  readonly examples?: readonly unknown[];
  /** For editors; whoever reads the object applies it. */
  readonly default?: unknown;
  readonly required?: true;
}

type Fields = Readonly<Record<string, Field>>;
type Required<F extends Fields> = {
  readonly [K in keyof F as F[K] extends { required: true } ? K : never]: ValueOfShape<F[K]['shape']>;
};
type Optional<F extends Fields> = {
  readonly [K in keyof F as F[K] extends { required: true } ? never : K]?: ValueOfShape<F[K]['shape']>;
};
export type ObjectOf<F extends Fields> = Required<F> & Optional<F>;

/** A map with known fields. Unknown ones are refused, with the known one that was probably meant. */
export function object<const F extends Fields>(fields: F): Shape<ObjectOf<F>> & { readonly fields: F } {
  const names = Object.keys(fields);
  return {
    fields,
    schema: {
      type: 'object',
      additionalProperties: false,
      required: names.filter((name) => fields[name]?.required),
      properties: Object.fromEntries(
        Object.entries(fields).map(([name, { shape, description, examples, ...field }]) => [
          name,
          {
            description,
            ...('default' in field ? { default: field.default } : {}),
            ...shape.schema,
            ...(examples === undefined ? {} : { examples }),
          },
        ]),
      ),
    },
    read(value, at, problems) {
      if (!isMap(value)) {
        problems.add(at, `must be a map with ${enumerate(names)}, and is ${kindOf(value)}`);
        return undefined;
      }
      const before = problems.count;
      for (const name of value.keys()) if (!names.includes(name)) unknown(name, names, at, problems);
      const read: Record<string, unknown> = {};
      for (const [name, field] of Object.entries(fields)) {
        const given = value.get(name);
        if (given !== undefined) read[name] = field.shape.read(given, pathOf(at, name), problems);
        else if (field.required) problems.add(pathOf(at, name), 'is required');
      }
      return problems.count === before ? (read as ObjectOf<F>) : undefined;
    },
  };
}

/** Several kinds of objects, told apart by fields that only one of them has. */
export function anyOf<T>(
  kinds: readonly {
    readonly by: readonly string[];
    readonly shape: Shape<T> & { readonly fields: Fields };
  }[],
): Shape<T> {
  const known = [...new Set(kinds.flatMap(({ shape }) => Object.keys(shape.fields)))];
  const choices = kinds.map(({ by }) => by.join(' and ')).join('; or ');
  return {
    schema: { oneOf: kinds.map(({ shape }) => shape.schema) },
    read(value, at, problems) {
      if (!isMap(value)) {
        problems.add(at, `must be a map, and is ${kindOf(value)}`);
        return undefined;
      }
      const [kind, other] = kinds.filter(({ by }) => by.every((name) => value.has(name)));
      if (kind !== undefined && other === undefined) return kind.shape.read(value, at, problems);
      for (const name of value.keys()) if (!known.includes(name)) unknown(name, known, at, problems);
      const has = [...value.keys()].filter((name) => known.includes(name));
      const what = has.length === 0 ? '' : `, and has ${enumerate(has)}`;
      problems.add(at, `must have exactly one of: ${choices}${what}`);
      return undefined;
    },
  };
}

/** The same shape with another value, or with a further check. */
export function mapped<T, U, S extends Shape<T>>(
  shape: S & Shape<T>,
  map: (value: T, at: string, problems: Problems) => U | undefined,
): Omit<S, 'read'> & Shape<U> {
  return {
    ...shape,
    read(value, at, problems) {
      const read = shape.read(value, at, problems);
      return read === undefined ? undefined : map(read, at, problems);
    },
  };
}

/** Reads a value by the shape for its kind: text, list or map. */
export function either<A, B>(when: (value: Tree) => boolean, one: Shape<A>, other: Shape<B>): Shape<A | B> {
  return {
    schema: { anyOf: [one.schema, other.schema] },
    read: (value, at, problems): A | B | undefined => (when(value) ? one : other).read(value, at, problems),
  };
}

function unknown(name: string, names: readonly string[], at: string, problems: Problems): void {
  const near = suggest(name, names);
  const fix = near === undefined ? `The fields are ${names.join(', ')}` : `Did you mean ${near}?`;
  problems.add(pathOf(at, name), `is not a field. ${fix}`);
}

function checked<T>(type: ValueType<T>, value: string, at: string, problems: Problems): T | undefined {
  const parsed = tryParse(type, value);
  if ('value' in parsed) return parsed.value;
  problems.add(at, `is ${shown(value)} but ${parsed.invalid}`);
  return undefined;
}

function allOf<T>(values: readonly (T | undefined)[]): readonly T[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** The keywords for text and numbers; the type there is that of an environment variable. */
function keywords({ type: _type, ...rest }: JsonSchema): JsonSchema {
  return rest;
}

function enumerate(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
