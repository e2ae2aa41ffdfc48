import { DenialError } from './denial.ts';
import { type FieldIndex, type FieldUse, printable, readText, requireItems, unknownField } from './fields.ts';

/** The query as the gateway understood it: name to the text (or texts, for lists) that will be sent. */
export type Query = ReadonlyMap<string, string | readonly string[]>;

/**
 * Reads a query string against the operation's declared parameters.
 *
 * A repeated name is refused unless the parameter is a list: Flask takes the first, others the last. A name that is
 * percent-encoded is decoded first, so `run%5Fid` cannot stand beside `run_id` unnoticed. Unknown names are refused.
 * Decoding is that of application/x-www-form-urlencoded (WHATWG URL section 5.1), but strict about UTF-8.
 *
 * @throws DenialError `malformed_query`, `unknown_field`, `invalid_field`
 */
export function readQuery(raw: string, fields: FieldIndex, uses: FieldUse[]): Query {
  const out = new Map<string, string | string[]>();
  if (raw === '') return out;
  for (const pair of raw.split('&')) {
    const equals = pair.indexOf('=');
    if (pair === '' || equals === 0)
      throw new DenialError('malformed_query', 'The query holds an empty name.');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const field = fields.get(name);
    if (field === undefined) throw unknownField(name, name, fields, 'query parameter');
    const known = out.get(name);
    if (Array.isArray(known)) requireItems(known.length + 1, field.maxItems, name);
    const value = readText(equals === -1 ? '' : decode(pair.slice(equals + 1)), field, uses);
    if (known === undefined) out.set(name, field.repeated ? [value] : value);
    else if (Array.isArray(known)) known.push(value);
    else throw new DenialError('malformed_query', `The query parameter ${printable(name)} is given twice.`);
  }
  return out;
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
    if (field.repeated) {
      const items = Array.isArray(value) ? value : [value];
      requireItems(items.length, field.maxItems, name);
      out.set(
        name,
        items.map((item) => readText(asText(item, name), field, uses)),
      );
    } else out.set(name, readText(asText(value, name), field, uses));
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
