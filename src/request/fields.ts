import { isJsonText } from '../catalog/field-classes.ts';
import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { requireItems, requireLength } from './bounds.ts';
import {
  IN_MAP,
  invalid,
  kindOf,
  olderAlone,
  olderDiffers,
  secondOfOneof,
  unknownField,
} from './field-errors.ts';
import type { FieldIndex, IndexedField } from './field-index.ts';
import { readDouble, readInteger, readIntegerText } from './field-numbers.ts';
import { readString, recordUse } from './field-uses.ts';
import { exactInteger } from './json/parse.ts';
import { readJsonText } from './json/text.ts';
import { isDuration, isTimestamp } from './json/times.ts';
import type { FieldUse } from './types.ts';

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * Checks a parsed JSON object against the fields of a message and returns the object to send: known fields only, each of its
 * declared type. The gateway omits null where MLflow reads it as absent, as protobuf does, sends it where MLflow reads it as a value,
 * and refuses it elsewhere.
 *
 * MLflow ignores protobuf parse errors and drops every key after the failed one, so one bad value would silently remove a filter
 * that follows it: every value is checked. Protobuf accepts several JSON spellings of a value. The gateway sends the simplest:
 * numbers as numbers, enums by name.
 *
 * @param uses receives every value at a field that bears on tenancy
 * @param open whether unlisted fields are kept unchanged (a format of another product)
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
    if (given === null) {
      if (field.null === 'value') {
        out[key] = null;
        continue;
      }
      if (field.null === 'absent' && field.type !== 'any') continue;
    }
    if (
      field.newer !== undefined &&
      !standsAlone(value as Record<string, unknown>, given, field.newer, field.alone, at)
    )
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
      return readString(value, field, at, uses);
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
      return readMessage(value, field.inside, at, uses);
    case 'map':
      return readMap(value, field, at, uses);
    case 'any':
      if (typeof value === 'string') requireLength(value, field.maxLength, at);
      if (field.message) requireDepth(value, LIMITS.freeFormDepth.value, at);
      if (field.policy?.class !== 'opaque')
        recordUse(typeof value === 'string' ? value : JSON.stringify(value), field, at, uses);
      return value;
  }
}

function readEnum(value: unknown, field: IndexedField, at: string): string {
  const text = typeof value === 'number' && field.message ? String(value) : value;
  const name = typeof text === 'string' ? field.spellings.get(text) : undefined;
  if (name === undefined) throw invalid(at, `one of ${field.takes}`, value);
  return name;
}

/** Python accepts base64 with any number of `=`, but not one character beyond a group of four. */
function isBase64(text: string): boolean {
  return BASE64.test(text) && text.replace(/=+$/, '').length % 4 !== 1;
}

/** Protobuf parses at most 100 nested messages; it drops deeper ones and every field after them. */
function requireDepth(value: unknown, most: number, at: string): void {
  if (typeof value !== 'object' || value === null || exactInteger(value) !== undefined) return;
  if (most === 0) throw invalid(at, `at most ${LIMITS.freeFormDepth.value} levels of JSON`);
  for (const item of Object.values(value)) requireDepth(item, most - 1, at);
}

/** Whether only the older name of a field is given. If both are given, their values must match; only the current name is sent. */
function standsAlone(
  message: Readonly<Record<string, unknown>>,
  given: unknown,
  newer: string,
  alone: boolean | undefined,
  at: string,
): boolean {
  const current = Object.hasOwn(message, newer) ? message[newer] : null;
  if (current === null) {
    if (alone) return true;
    throw olderAlone(at, newer);
  }
  if (current !== given) throw olderDiffers(at, newer);
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
    if (field.policy !== undefined) recordUse(key, field, at, uses);
    const given = (value as Record<string, unknown>)[key];
    out[key] =
      given === null && entry.null === 'value' ? null : readOne(given, entry, `${at}${IN_MAP}`, uses);
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
      return readString(value, field, at, uses);
    case 'int32':
    case 'int64':
      return readIntegerText(value, field, at, uses);
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
      throw invalid(at, 'no value: this field cannot be sent in a query', value);
  }
}
