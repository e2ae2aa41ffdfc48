import type { Bounds, Field, FieldClass } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { decimalNumber, fitsInteger, fitsSingle, isPlainInteger, wholeDigits } from './json/numbers.ts';
import { exactInteger, exactNumber } from './json/parse.ts';
import { isJsonText, readJsonText } from './json/text.ts';
import { isDuration, isTimestamp } from './json/times.ts';
import { canonicalLocation } from './storage/canonical-location.ts';

/** A value found at a field that bears on tenancy, with the place it stood at (for messages and tests). */
export interface FieldUse {
  readonly policy: Exclude<FieldClass, { class: 'opaque' }>;
  readonly at: string;
  readonly value: string;
}

/** Fields of one message, ready for look-up by name. Built once at start. */
export type FieldIndex = ReadonlyMap<string, IndexedField>;

interface IndexedField
  extends Omit<Field, 'fields' | 'values' | 'numbers' | 'older' | keyof Bounds>,
    Required<Bounds> {
  /** Whether protobuf parses it, which takes more than one spelling of numbers and enums. */
  readonly message: boolean;
  readonly inside: FieldIndex | undefined;
  /** For `enum`: what may stand for a value -> its name. */
  readonly spellings: ReadonlyMap<string, string> | undefined;
  /** For `enum`: what it takes, for messages. */
  readonly takes: string | undefined;
  /** For the older name of a field: the name of today. */
  readonly newer?: string;
  /** For an older name that MLflow reads too, where that of today is not given. */
  readonly alone?: boolean;
}

/**
 * Prepares fields for parsing. Done once an operation at start, so that a request costs map look-ups only.
 *
 * @param message whether MLflow parses them with protobuf (`Operation.message`)
 */
export function indexFields(fields: readonly Field[], message = false): FieldIndex {
  const index = new Map<string, IndexedField>(fields.map((field) => [field.name, indexed(field, message)]));
  for (const { name, older } of fields) {
    if (older === undefined) continue;
    const known = index.get(older);
    index.set(older, { ...(known ?? index.get(name)!), newer: name, alone: known !== undefined });
  }
  return index;
}

function indexed(field: Field, message: boolean): IndexedField {
  const { values, numbers } = field;
  const numbered = message && numbers !== undefined;
  return {
    name: field.name,
    type: field.type,
    message,
    ...(field.repeated ? { repeated: field.repeated } : {}),
    ...(field.policy ? { policy: field.policy } : {}),
    ...(field.unsigned ? { unsigned: field.unsigned } : {}),
    ...(field.single ? { single: field.single } : {}),
    ...(field.oneof ? { oneof: field.oneof } : {}),
    inside: field.fields ? indexFields(field.fields, message) : undefined,
    spellings: values && spellingsOf(values, numbered ? numbers : []),
    takes: values?.map((name, i) => (numbered ? `${name} (or ${numbers[i]})` : name)).join(', '),
    // Codegen gives a bound to every field that needs one (codegen/bounds.ts).
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

/** Longest text of a caller's that a refusal repeats, in UTF-16 code units. */
const SHOWN = 100;
/** Ends the place of a value in a map. */
const IN_MAP = '.*';
const NON_FINITE = new Set(['NaN', 'Infinity', '-Infinity']);
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * Checks a parsed JSON object against a message and returns the object that is sent instead: only known fields,
 * only of their declared type, nulls (which protobuf reads as absent) left out.
 *
 * MLflow swallows protobuf parse errors and drops every key after the wrong one, so one bad value would silently remove a
 * filter that follows it; hence nothing here is passed over. Where protobuf's JSON has several spellings of one value, the
 * one that is sent is the plainest: numbers as numbers, enums by name.
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
      throw new DenialError(
        'invalid_field',
        `The body must be a JSON object, not ${typeof value === 'string' ? 'text' : kindOf(value)}.`,
      );
    throw invalid(where, 'a JSON object', value);
  }
  const out: Record<string, unknown> = {};
  const keys = Object.keys(value);
  if (open) requireItems(keys.length, LIMITS.mapKeys.value, where === '' ? 'The body' : where, 'keys');
  let oneofs: Map<string, string> | undefined;
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
    if (field.newer !== undefined && !standsAlone(value as Record<string, unknown>, given, field, at))
      continue;
    if (field.oneof !== undefined) {
      oneofs ??= new Map();
      const other = oneofs.get(field.oneof);
      if (other !== undefined) throw secondOfOneof(at, other);
      oneofs.set(field.oneof, at);
    }
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
      return readDouble(value, field, at);
    case 'boolean':
      if (typeof value !== 'boolean') throw invalid(at, 'true or false', value);
      return value;
    case 'enum':
      return readEnum(value, field, at);
    case 'timestamp':
      if (typeof value !== 'string' || !isTimestamp(value)) throw invalid(at, 'an RFC 3339 time', value);
      return value;
    case 'duration':
      if (typeof value !== 'string' || !isDuration(value))
        throw invalid(at, 'a duration such as "1.5s"', value);
      return value;
    case 'bytes':
      if (typeof value === 'string') requireLength(value, field.maxLength, at);
      if (typeof value !== 'string' || !isBase64(value)) throw invalid(at, 'base64', value);
      return value;
    case 'object':
      return readMessage(value, field.inside!, at, uses);
    case 'map':
      return readMap(value, field, at, uses);
    case 'any':
      if (typeof value === 'string') requireLength(value, field.maxLength, at);
      if (field.message) requireDepth(value, LIMITS.freeFormDepth.value, at);
      if (field.policy?.class !== 'opaque')
        note(typeof value === 'string' ? value : JSON.stringify(value), field, at, uses);
      return value;
  }
}

function readInteger(value: unknown, field: IndexedField, at: string, uses: FieldUse[]): unknown {
  const digits =
    typeof value === 'string'
      ? plainDigits(value, field)
      : typeof value === 'number' && Number.isSafeInteger(value)
        ? String(value)
        : exactInteger(value);
  const checked = checkedInteger(digits, value, field, at, uses);
  return field.message && typeof value === 'string' ? exactNumber(checked) : value;
}

/** @param digits of the integer that was given, `undefined` where it is none */
function checkedInteger(
  digits: string | undefined,
  given: unknown,
  field: IndexedField,
  at: string,
  uses: FieldUse[],
): string {
  if (digits === undefined || !isPlainInteger(digits))
    throw invalid(at, 'an integer in plain decimal digits', given);
  requireMost(digits, field, at);
  note(digits, field, at, uses);
  return digits;
}

function plainDigits(text: string, field: IndexedField): string | undefined {
  return field.message ? wholeDigits(text) : text;
}

function readDouble(value: unknown, field: IndexedField, at: string): unknown {
  const number = typeof value === 'string' && field.message ? decimalNumber(value) : value;
  const digits = exactInteger(value);
  if (typeof number === 'number' || digits !== undefined) {
    if (field.single && !fitsSingle(Number(digits ?? number)))
      throw invalid(at, 'a number of 32 bits', value);
    return digits === undefined ? number : value;
  }
  if (typeof value === 'string' && NON_FINITE.has(value)) return value;
  throw invalid(at, 'a number, "NaN", "Infinity" or "-Infinity"', value);
}

function readEnum(value: unknown, field: IndexedField, at: string): string {
  const text = typeof value === 'number' && field.message ? String(value) : value;
  const name = typeof text === 'string' ? field.spellings!.get(text) : undefined;
  if (name === undefined) throw invalid(at, `one of ${field.takes}`, value);
  return name;
}

/** Python takes base64 with any number of `=`, but not a single character beyond a group of four. */
function isBase64(text: string): boolean {
  return BASE64.test(text) && text.replace(/=+$/, '').length % 4 !== 1;
}

/** Protobuf takes 100 messages in each other; of more it parses nothing, and nothing that follows them. */
function requireDepth(value: unknown, most: number, at: string): void {
  if (typeof value !== 'object' || value === null || exactInteger(value) !== undefined) return;
  if (most === 0) throw invalid(at, `at most ${LIMITS.freeFormDepth.value} levels of JSON`);
  for (const item of Object.values(value)) requireDepth(item, most - 1, at);
}

/** Whether a field is given by its older name alone. Beside today's name the older one must have the same value, and is left out. */
function standsAlone(
  message: Readonly<Record<string, unknown>>,
  given: unknown,
  { newer, alone }: IndexedField,
  at: string,
): boolean {
  const today = Object.hasOwn(message, newer!) ? message[newer!] : null;
  if (today === null) {
    if (alone) return true;
    throw olderAlone(at, newer!);
  }
  if (today !== given) throw olderDiffers(at, newer!);
  return false;
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
      return checkedInteger(plainDigits(value, field), value, field, at, uses);
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
      return readEnum(value, field, at);
    case 'timestamp':
      if (!isTimestamp(value)) throw invalid(at, 'an RFC 3339 time', value);
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
  if (Number(digits) > field.max)
    throw invalid(at, `a number of at most ${counted(field.max)}`, exactNumber(digits));
  const type = field.type === 'int32' ? 'int32' : 'int64';
  if (!fitsInteger(digits, type, field.unsigned === true))
    throw invalid(at, `an integer of the type ${field.unsigned ? 'u' : ''}${type}`, exactNumber(digits));
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
  const value = canonicalLocation(given, field.policy, at);
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
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a number with a fraction';
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

/**
 * The refusal of a field's older name where today's is not beside it and MLflow does not read the older one.
 *
 * @example
 * throw olderAlone('run_uuid', 'run_id'); // 'Unknown field run_uuid. Write it run_id.'
 */
export function olderAlone(at: string, newer: string, what = 'field'): DenialError {
  return new DenialError('unknown_field', `Unknown ${what} ${printable(at)}. Write it ${newer}.`);
}

/** The refusal of a field's older name with another value than today's. */
export function olderDiffers(at: string, newer: string): DenialError {
  return new DenialError(
    'invalid_field',
    `${at} differs from ${newer}, which is the same field to MLflow. Send ${newer} alone.`,
  );
}

function secondOfOneof(at: string, other: string): DenialError {
  return new DenialError('invalid_field', `${at} and ${other} exclude each other. Send one of them.`);
}

/** Makes caller-chosen text fit for a message: bounded, no control characters. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return clean.length > 200 ? `${clean.slice(0, 200)}...` : clean;
}
