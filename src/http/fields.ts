import type { Bounds, Field, FieldClass } from '../catalog/types.ts';
import { LIMITS } from '../limits.ts';
import { DenialError } from './denial.ts';
import { exactInteger } from './json.ts';
import { isJsonText, readJsonText } from './json-text.ts';
import { canonicalPlace } from './places.ts';

/** A value found at a field that bears on tenancy, with the place it stood at (for messages and tests). */
export interface FieldUse {
  readonly policy: Exclude<FieldClass, { class: 'opaque' }>;
  readonly at: string;
  readonly value: string;
}

/** Fields of one message, ready for look-up by name. Built once at start. */
export type FieldIndex = ReadonlyMap<string, IndexedField>;

interface IndexedField extends Omit<Field, 'fields' | 'values' | keyof Bounds>, Required<Bounds> {
  readonly inside: FieldIndex | undefined;
  readonly allowed: ReadonlySet<string> | undefined;
}

/**
 * Prepares fields for parsing. Done once an operation at start, so that a request costs map look-ups only.
 */
export function indexFields(fields: readonly Field[]): FieldIndex {
  return new Map(
    fields.map((field) => [
      field.name,
      {
        name: field.name,
        type: field.type,
        ...(field.repeated ? { repeated: field.repeated } : {}),
        ...(field.policy ? { policy: field.policy } : {}),
        inside: field.fields ? indexFields(field.fields) : undefined,
        allowed: field.values ? new Set(field.values) : undefined,
        // Codegen gives a bound to every field that needs one (codegen/bounds.ts).
        maxItems: field.maxItems ?? Infinity,
        maxLength: field.maxLength ?? Infinity,
        max: field.max ?? Infinity,
      },
    ]),
  );
}

/** Longest text of a caller's that a refusal repeats, in UTF-16 code units. */
const SHOWN = 100;
/** Ends the place of a value in a map. */
const IN_MAP = '.*';
const INTEGER = /^(?:0|-?[1-9][0-9]{0,19})$/;
const NON_FINITE = new Set(['NaN', 'Infinity', '-Infinity']);
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
const DURATION = /^-?\d{1,12}(?:\.\d{1,9})?s$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * Checks a parsed JSON object against a message and returns the object that is sent instead: only known fields,
 * only of their declared type, nulls (which protobuf reads as absent) left out.
 *
 * MLflow swallows protobuf parse errors and drops every key after the wrongly typed one, so one bad type would
 * silently remove a filter that follows it; hence nothing here is coerced or passed over.
 *
 * @param uses receives every value at a field that bears on tenancy
 * @param open whether fields that are not listed are kept as they are (another product's format)
 * @throws DenialError `unknown_field`, `invalid_field`
 */
export function readMessage(
  value: unknown,
  fields: FieldIndex,
  where: string,
  uses: FieldUse[],
  open = false,
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (where === '')
      throw new DenialError('invalid_field', `The body must be a JSON object, not ${kindOf(value)}.`);
    throw invalid(where, 'a JSON object', value);
  }
  const out: Record<string, unknown> = {};
  const keys = Object.keys(value);
  if (open) requireItems(keys.length, LIMITS.mapKeys.value, where === '' ? 'The body' : where, 'keys');
  for (const key of keys) {
    const at = where === '' ? key : `${where}.${key}`;
    const field = fields.get(key);
    const given = (value as Record<string, unknown>)[key];
    if (field === undefined) {
      // A plain assignment to `__proto__` would set the prototype and send nothing.
      if (!open || key === '__proto__') throw unknownField(at, key, fields);
      out[key] = given;
      continue;
    }
    if (given === null && field.type !== 'any') continue;
    out[key] = field.repeated ? readList(given, field, at, uses) : readOne(given, field, at, uses);
  }
  return out;
}

function readList(value: unknown, field: IndexedField, at: string, uses: FieldUse[]): unknown[] {
  if (!Array.isArray(value)) throw invalid(at, 'a list', value);
  requireItems(value.length, field.maxItems, at);
  const out = new Array<unknown>(value.length);
  for (let i = 0; i < value.length; i++) out[i] = readOne(value[i], field, at, uses);
  return out;
}

function readOne(value: unknown, field: IndexedField, at: string, uses: FieldUse[]): unknown {
  switch (field.type) {
    case 'string':
      if (typeof value !== 'string') throw invalid(at, 'a string', value);
      requireLength(value, field.maxLength, at);
      if (isJsonText(field.policy)) return readJsonText(value, field.policy, at, uses);
      return notePlace(value, field, at, uses);
    case 'int32':
    case 'int64':
      return readInteger(value, field, at, uses);
    case 'double':
      if (typeof value === 'number' || (typeof value === 'string' && NON_FINITE.has(value))) return value;
      if (exactInteger(value) !== undefined) return value;
      throw invalid(at, 'a number, "NaN", "Infinity" or "-Infinity"', value);
    case 'boolean':
      if (typeof value !== 'boolean') throw invalid(at, 'true or false', value);
      return value;
    case 'enum':
      if (typeof value !== 'string' || !field.allowed!.has(value)) {
        throw invalid(at, `one of ${[...field.allowed!].join(', ')}`, value);
      }
      return value;
    case 'timestamp':
      if (typeof value !== 'string' || !TIMESTAMP.test(value)) throw invalid(at, 'an RFC 3339 time', value);
      return value;
    case 'duration':
      if (typeof value !== 'string' || !DURATION.test(value))
        throw invalid(at, 'a duration such as "1.5s"', value);
      return value;
    case 'bytes':
      if (typeof value === 'string') requireLength(value, field.maxLength, at);
      if (typeof value !== 'string' || !BASE64.test(value)) throw invalid(at, 'base64', value);
      return value;
    case 'object':
      return readMessage(value, field.inside!, at, uses);
    case 'map':
      return readMap(value, field, at, uses);
    case 'any':
      if (typeof value === 'string') requireLength(value, field.maxLength, at);
      if (field.policy?.class !== 'opaque')
        note(typeof value === 'string' ? value : JSON.stringify(value), field, at, uses);
      return value;
  }
}

function readInteger(value: unknown, field: IndexedField, at: string, uses: FieldUse[]): unknown {
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'number' && Number.isSafeInteger(value)
        ? String(value)
        : exactInteger(value);
  if (text === undefined || !INTEGER.test(text))
    throw invalid(at, 'an integer in plain decimal digits', value);
  requireMost(text, field, at);
  note(text, field, at, uses);
  return value;
}

function readMap(value: unknown, field: IndexedField, at: string, uses: FieldUse[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(at, 'a JSON object', value, false);
  const entry = field.inside!.get('*')!;
  const out: Record<string, unknown> = {};
  const keys = Object.keys(value);
  requireItems(keys.length, field.maxItems, at, 'keys');
  for (const key of keys) {
    // A plain assignment to `__proto__` would set the prototype and send nothing.
    if (key === '__proto__') throw invalid(at, 'an object without the key "__proto__"');
    requireLength(key, field.maxLength, `a key of ${at}`);
    if (field.policy !== undefined) note(key, field, at, uses);
    out[key] = readOne((value as Record<string, unknown>)[key], entry, `${at}${IN_MAP}`, uses);
  }
  return out;
}

/**
 * Checks one value of a query, header or path parameter, all of which arrive as text, and returns the text to send.
 *
 * @throws DenialError `invalid_field`
 */
export function readText(value: string, field: IndexedField, uses: FieldUse[]): string {
  const at = field.name;
  requireLength(value, field.maxLength, at);
  switch (field.type) {
    case 'string':
    case 'any':
      return notePlace(value, field, at, uses);
    case 'int32':
    case 'int64':
      if (!INTEGER.test(value)) throw invalid(at, 'an integer in plain decimal digits', value);
      requireMost(value, field, at);
      note(value, field, at, uses);
      return value;
    case 'double':
      if (!/^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(value)) throw invalid(at, 'a number', value);
      return value;
    case 'boolean': {
      // Python's requests writes True and False.
      const lower = value.toLowerCase();
      if (lower !== 'true' && lower !== 'false') throw invalid(at, 'true or false', value);
      return lower;
    }
    case 'enum':
      if (!field.allowed!.has(value)) throw invalid(at, `one of ${[...field.allowed!].join(', ')}`, value);
      return value;
    case 'timestamp':
      if (!TIMESTAMP.test(value)) throw invalid(at, 'an RFC 3339 time', value);
      return value;
    default:
      throw invalid(at, 'left out: it cannot be written in a query', value);
  }
}

/**
 * Refuses a list (or the keys of a map) that is longer than its bound. Called before anything is done with the items.
 *
 * @throws DenialError `invalid_field`
 * @example
 * requireItems(3_000, 20, 'order_by'); // "order_by takes at most 20 items; 3,000 were sent."
 */
export function requireItems(count: number, most: number, at: string, items = 'items'): void {
  if (count > most) throw tooMuch(at, most, items, count);
}

/**
 * Refuses text that is longer than its bound, in UTF-16 code units: the length is known without reading the text.
 *
 * @throws DenialError `invalid_field`
 */
export function requireLength(text: string, most: number, at: string): void {
  if (text.length > most) throw tooMuch(at, most, 'characters', text.length);
}

function requireMost(digits: string, field: IndexedField, at: string): void {
  if (Number(digits) <= field.max) return;
  throw new DenialError(
    'invalid_field',
    `Invalid value ${digits} for parameter '${printable(at)}' supplied: expected a number of at most ${counted(field.max)}.`,
  );
}

function tooMuch(at: string, most: number, unit: string, sent: number): DenialError {
  return new DenialError(
    'invalid_field',
    `${printable(at)} takes at most ${counted(most)} ${unit}; ${counted(sent)} were sent.`,
  );
}

const counted = (count: number): string => count.toLocaleString('en-US');

/** Notes the text in the form in which it is sent. */
function notePlace(given: string, field: IndexedField, at: string, uses: FieldUse[]): string {
  const value = canonicalPlace(given, field.policy, at);
  note(value, field, at, uses);
  return value;
}

function note(value: string, field: IndexedField, at: string, uses: FieldUse[]): void {
  const policy = field.policy;
  if (policy !== undefined && policy.class !== 'opaque') uses.push({ policy, at, value });
}

/**
 * Begins as MLflow's own sentence does (`invalid_value` of mlflow/utils/validation.py), which tests of its clients match.
 *
 * @param given the value that was received; left out where it says nothing
 * @param shows whether it may be repeated. Not what is in a map, or stands for one: MLflow's secrets are maps
 */
function invalid(at: string, expected: string, given?: unknown, shows = !at.endsWith(IN_MAP)): DenialError {
  const shown = shows ? shownOf(given) : '';
  const received = given === undefined ? '' : `, received ${kindOf(given)}`;
  return new DenialError(
    'invalid_field',
    `Invalid value${shown} for parameter '${printable(at)}' supplied: expected ${expected}${received}.`,
  );
}

/** A number, a truth value or short text, as JSON. */
function shownOf(value: unknown): string {
  const digits = exactInteger(value);
  if (digits !== undefined) return ` ${digits.slice(0, SHOWN)}`;
  if (typeof value === 'string') return value.length > SHOWN ? '' : ` ${JSON.stringify(printable(value))}`;
  return typeof value === 'number' || typeof value === 'boolean' ? ` ${value}` : '';
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (exactInteger(value) !== undefined) return 'a number';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'other text' : `a ${typeof value}`;
}

/**
 * The refusal of a name that an operation does not have, with the spelling that it has where that differs in capitals only.
 *
 * @param at the name with the path to it, as the caller wrote it
 * @param what what the name stands for
 * @example
 * throw unknownField('maxResults', 'maxResults', fields); // 'Unknown field maxResults. Write it max_results.'
 */
export function unknownField(at: string, key: string, fields: FieldIndex, what = 'field'): DenialError {
  const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const hint = snake !== key && fields.has(snake) ? ` Write it ${snake}.` : '';
  return new DenialError('unknown_field', `Unknown ${what} ${printable(at)}.${hint}`);
}

/** Makes caller-chosen text fit for a message: bounded, no control characters. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return clean.length > 200 ? `${clean.slice(0, 200)}...` : clean;
}
