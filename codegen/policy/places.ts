import type { Fields } from './files.ts';

/** The class of each field, by its place, and the problems of their spelling. */
export interface Places {
  readonly classes: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

/**
 * Reads the nested fields of an operation as places: `params[]: { opaque: [key] }` is the field `params[].key`, of class
 * `opaque`.
 *
 * @example
 * placesOf({ run_id: 'reference:run', 'params[]': { opaque: ['key', 'value'] } }).classes;
 * // { run_id: 'reference:run', 'params[].key': 'opaque', 'params[].value': 'opaque' }
 */
export function placesOf(fields: Fields): Places {
  const classes: Record<string, string> = Object.create(null);
  const problems: string[] = [];
  const set = (place: string, written: string): void => {
    const known = classes[place];
    if (known === undefined) classes[place] = written;
    else if (known === written) problems.push(`field ${place} is listed twice as ${written}`);
    else problems.push(`field ${place} is both ${known} and ${written}`);
  };
  const walk = (inside: Fields, prefix: string): void => {
    for (const [key, value] of Object.entries(inside)) {
      if (key === 'opaque') for (const name of listOf(value)) set(`${prefix}${name}`, 'opaque');
      else if (value === 'opaque') problems.push(`field ${prefix}${key} belongs in the opaque list`);
      else if (typeof value === 'string') set(`${prefix}${key}`, value);
      else if (isObject(value)) walk(value as Fields, `${prefix}${key}.`);
    }
  };
  walk(fields, '');
  return { classes: { ...classes }, problems };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Whether a value is a mapping in YAML. */
export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
