import { FIELD_CLASSES, type FieldClass } from '../src/catalog/field-classes.ts';
import type { Bounds, Field } from '../src/catalog/types.ts';
import { LIMITS } from '../src/limits.ts';
import type { BoundRule } from './description.ts';

/** Longest text of a class, where the policy sets no other bound. */
const LENGTHS: ReadonlyMap<FieldClass['class'], number> = new Map(
  FIELD_CLASSES.map(({ gives, limit }) => [gives.class, LIMITS[limit].value]),
);

function lengthOf({ class: name }: FieldClass): number {
  return LENGTHS.get(name) ?? LIMITS.nameLength.value;
}

const names = LIMITS.nameLength.value;
const stored = LIMITS.storedLength.value;

/**
 * The bound of each list, map and text of the catalog: the policy's rule for `operation place`, else that for `* place`, else the
 * default of its class (src/limits.ts).
 *
 * @example
 * const bounds = new FieldBounds([{ of: ['* order_by[]'], items: 20 }]);
 * bounds.apply('searchRuns', { name: 'order_by', type: 'string', repeated: true, policy: { class: 'opaque' } });
 * bounds.problems(); // []
 */
export class FieldBounds {
  readonly #rules = new Map<string, BoundRule>();
  readonly #used = new Set<string>();
  readonly #problems: string[] = [];

  constructor(rules: readonly BoundRule[]) {
    for (const rule of rules) {
      for (const place of rule.of) {
        if (this.#rules.has(place)) this.#problems.push(`bounds: ${place} is bounded twice`);
        this.#rules.set(place, rule);
      }
    }
  }

  /** The field with its bounds and those of the fields inside it. */
  apply(operation: string, field: Field, place: string = field.name): Field {
    const at = field.repeated ? `${place}[]` : place;
    const rule = this.#rule(operation, at);
    const { fields } = field;
    return {
      ...field,
      ...this.#bounds(`${operation} ${at}`, field, rule),
      ...(fields
        ? { fields: fields.map((inner) => this.apply(operation, inner, `${at}.${inner.name}`)) }
        : {}),
    };
  }

  /** The longest value of a path parameter. */
  ofPath(operation: string, name: string, policy: FieldClass): number {
    const characters = this.#rule(operation, name)?.characters;
    return typeof characters === 'number' ? characters : lengthOf(policy);
  }

  /** Rules that match no field, and fields without a bound that they need. */
  problems(): string[] {
    const idle = [...this.#rules.keys()].filter((place) => !this.#used.has(place));
    return [...this.#problems, ...idle.map((place) => `bounds: there is no ${place}`)];
  }

  #rule(operation: string, at: string): BoundRule | undefined {
    for (const place of [`${operation} ${at}`, `* ${at}`]) {
      const rule = this.#rules.get(place);
      if (rule === undefined) continue;
      this.#used.add(place);
      return rule;
    }
    return undefined;
  }

  #bounds(where: string, field: Field, rule: BoundRule | undefined): Bounds {
    const { type, repeated, policy } = field;
    const isMap = type === 'map';
    const isList = repeated === true || isMap;
    const isText = type === 'string' || type === 'bytes' || type === 'any';
    const isNumber = type === 'int32' || type === 'int64';
    if (rule?.items !== undefined && !isList)
      this.#problems.push(`bounds: ${where} is neither a list nor a map`);
    if (rule?.characters !== undefined && !isText) this.#problems.push(`bounds: ${where} is not a text`);
    if (rule?.most !== undefined && !isNumber) this.#problems.push(`bounds: ${where} is not a number`);
    // The limits of a body bound free-form JSON; this bound applies if the value is one text.
    const usual = isMap ? names : type === 'any' ? stored : policy && lengthOf(policy);
    const characters = rule?.characters === 'stored' ? stored : (rule?.characters ?? usual);
    const items = rule?.items ?? (isMap ? LIMITS.mapKeys.value : LIMITS.listItems.value);
    return {
      ...(isList ? { maxItems: items } : {}),
      ...((isText || isMap) && characters !== undefined ? { maxLength: characters } : {}),
      ...(rule?.most !== undefined ? { max: rule.most } : {}),
    };
  }
}

/**
 * Lists, maps and texts of a field without a bound; none is allowed.
 *
 * @example
 * unbounded({ name: 'order_by', type: 'string', repeated: true }, 'order_by'); // ['order_by[]: no most items', ...]
 */
export function unbounded(field: Field, place: string): string[] {
  const at = field.repeated ? `${place}[]` : place;
  const valid = (bound: number | undefined): boolean =>
    bound !== undefined && Number.isSafeInteger(bound) && bound > 0;
  const problems: string[] = [];
  if ((field.repeated || field.type === 'map') && !valid(field.maxItems))
    problems.push(`${at}: no most items`);
  if (['string', 'bytes', 'any', 'map'].includes(field.type) && !valid(field.maxLength))
    problems.push(`${at}: no longest text`);
  return [...problems, ...(field.fields ?? []).flatMap((inner) => unbounded(inner, `${at}.${inner.name}`))];
}
