import { DenialError } from '../denial.ts';
import { requireItems } from './bounds.ts';
import { olderAlone, olderDiffers, unknownField } from './field-errors.ts';
import type { FieldIndex } from './field-index.ts';
import { readText } from './fields.ts';
import { exactInteger } from './json/parse.ts';
import { printable } from './printable.ts';
import type { FieldUse } from './types.ts';

/** The query as the gateway understood it: name to the text (or texts, for lists) that will be sent. */
export type Query = ReadonlyMap<string, string | readonly string[]>;

/**
 * Reads a query string against the operation's declared parameters.
 *
 * A repeated name is refused unless the parameter is a list: Flask takes the first, others the last. A name that is
 * percent-encoded is decoded first, so `run%5Fid` cannot stand beside `run_id` unnoticed. Unknown names are refused. The older
 * name of a parameter is left out beside today's with the same value.
 * Decoding is that of application/x-www-form-urlencoded (WHATWG URL section 5.1), but strict about UTF-8.
 *
 * @throws DenialError `malformed_query`, `unknown_field`, `invalid_field`
 */
export function readQuery(raw: string, fields: FieldIndex, uses: FieldUse[]): Query {
  const out = new Map<string, string | string[]>();
  if (raw === '') return out;
  let older: Map<string, string> | undefined;
  for (const pair of raw.split('&')) {
    const equals = pair.indexOf('=');
    if (pair === '' || equals === 0)
      throw new DenialError('malformed_query', 'The query holds an empty name.');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const field = fields.get(name);
    if (field === undefined) throw unknownField(name, name, fields, 'query parameter');
    const given = equals === -1 ? '' : decode(pair.slice(equals + 1));
    if (field.newer !== undefined) {
      older ??= new Map();
      if (older.has(name)) throw twice(name);
      older.set(name, given);
      continue;
    }
    const known = out.get(name);
    if (Array.isArray(known)) requireItems(known.length + 1, field.maxItems, name);
    const value = readText(given, field, uses);
    if (known === undefined) out.set(name, field.repeated ? [value] : value);
    else if (Array.isArray(known)) known.push(value);
    else throw twice(name);
  }
  if (older !== undefined) for (const [name, given] of older) addOlder(out, name, given, fields, uses);
  return out;
}

/** Takes a parameter by its older name, unless today's says the same. */
function addOlder(
  out: Map<string, string | string[]>,
  name: string,
  given: string,
  fields: FieldIndex,
  uses: FieldUse[],
): void {
  const field = fields.get(name)!;
  const newer = field.newer!;
  const today = out.get(newer);
  if (today === undefined) {
    if (!field.alone) throw olderAlone(name, newer, 'query parameter');
    out.set(name, readText(given, field, uses));
  } else if (today !== readText(given, field, [])) throw olderDiffers(name, newer);
}

/**
 * Reads values that are parsed already, as if they stood in a query.
 *
 * @throws DenialError `unknown_field`, `invalid_field`
 */
export function readQueryValues(
  values: Readonly<Record<string, unknown>>,
  fields: FieldIndex,
  uses: FieldUse[],
): Query {
  const out = new Map<string, string | string[]>();
  for (const [name, value] of Object.entries(values)) {
    const field = fields.get(name);
    if (field === undefined) throw unknownField(name, name, fields, 'query parameter');
    if (field.newer !== undefined) continue;
    if (field.repeated) {
      const items = Array.isArray(value) ? value : [value];
      requireItems(items.length, field.maxItems, name);
      out.set(
        name,
        items.map((item) => readText(asText(item, name), field, uses)),
      );
    } else out.set(name, readText(asText(value, name), field, uses));
  }
  for (const [name, value] of Object.entries(values)) {
    if (fields.get(name)!.newer !== undefined) addOlder(out, name, asText(value, name), fields, uses);
  }
  return out;
}

function asText(value: unknown, name: string): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new DenialError(
    'invalid_field',
    `Invalid value for parameter '${printable(name)}' supplied: expected text or a number.`,
  );
}

/**
 * Reads a message that stood in the JSON body of a GET request into the query that says the same. MLflow reads such a body
 * where there is no query.
 *
 * @param message as `readMessage` read it against the same fields
 * @throws DenialError `invalid_field` for what cannot be written in a query
 * @example
 * queryOfMessage({ run_id: 'a', max_results: 5 }, fields, uses); // run_id=a&max_results=5
 */
export function queryOfMessage(
  message: Readonly<Record<string, unknown>>,
  fields: FieldIndex,
  uses: FieldUse[],
): Query {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) {
    // An empty list is none, in a query and to protobuf.
    if (Array.isArray(value) && value.length === 0) continue;
    values[name] = Array.isArray(value) ? value.map(scalarText) : scalarText(value);
  }
  return readQueryValues(values, fields, uses);
}

/** Numbers, booleans and integers to the digit as text; anything else as it is. */
function scalarText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : (exactInteger(value) ?? value);
}

/**
 * Whether a value of a body is what a query parameter says.
 *
 * @param value as `readMessage` read it
 * @param text as `readQuery` read it against the same field
 */
export function saysTheSame(value: unknown, text: string | readonly string[]): boolean {
  if (typeof text !== 'string')
    return (
      Array.isArray(value) &&
      value.length === text.length &&
      value.every((item, i) => saysTheSame(item, text[i]!))
    );
  if (typeof value === 'string') return value === text;
  // A number has several spellings in a query.
  if (typeof value === 'number') return value === Number(text) && text !== '';
  return scalarText(value) === text;
}

function twice(name: string): DenialError {
  return new DenialError('malformed_query', `The query parameter ${printable(name)} is given twice.`);
}

/**
 * Writes the query that is sent upstream, without the `?`.
 *
 * @example
 * writeQuery(new Map([['run_ids', ['a', 'b']]])); // 'run_ids=a&run_ids=b'
 */
export function writeQuery(query: Query): string {
  const parts: string[] = [];
  for (const [name, value] of query) {
    if (typeof value === 'string') parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
    else for (const item of value) parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(item)}`);
  }
  return parts.join('&');
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new DenialError('malformed_query', 'The query is not valid percent-encoded UTF-8.');
  }
}
