import { DenialError } from '../denial.ts';
import type { FieldIndex } from './field-index.ts';
import { exactInteger } from './json/parse.ts';
import { printable } from './printable.ts';

/** Longest value that a denial repeats, in UTF-16 code units. */
const SHOWN = 100;
/** Suffix of the location of a value in a map. */
export const IN_MAP = '.*';

/**
 * The denial of a field value. The message begins like MLflow's own (`invalid_value` of mlflow/utils/validation.py), which tests of
 * MLflow's clients match.
 *
 * @param given the received value; `undefined` if it adds nothing to the message
 * @param shows whether the message may repeat the value. Values of maps are not repeated: MLflow's secrets are maps
 */
export function invalid(
  at: string,
  expected: string,
  given?: unknown,
  shows = !at.endsWith(IN_MAP),
): DenialError {
  const shown = shows ? shownOf(given) : '';
  const received = given === undefined ? '' : `, received ${kindOf(given)}`;
  return new DenialError(
    'invalid_field',
    `Invalid value${shown} for parameter '${printable(at)}' supplied: expected ${expected}${received}.`,
  );
}

/** A number, a boolean or short text, as JSON. */
function shownOf(value: unknown): string {
  const digits = exactInteger(value);
  if (digits !== undefined) return ` ${digits.slice(0, SHOWN)}`;
  if (typeof value === 'string') return value.length > SHOWN ? '' : ` ${JSON.stringify(printable(value))}`;
  return typeof value === 'number' || typeof value === 'boolean' ? ` ${value}` : '';
}

/** The kind of a JSON value, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (exactInteger(value) !== undefined) return 'a number';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a number with a fraction';
  return typeof value === 'string' ? 'other text' : `a ${typeof value}`;
}

/**
 * The denial of an unknown field name. It suggests the snake_case spelling if the operation has that field.
 *
 * @param at the name with its path, as the caller wrote it
 * @param what the kind of name, for the message
 * @example
 * throw unknownField('maxResults', 'maxResults', fields); // 'Unknown field maxResults. Write it max_results.'
 */
export function unknownField(at: string, key: string, fields: FieldIndex, what = 'field'): DenialError {
  const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const hint = snake !== key && fields.has(snake) ? ` Write it ${snake}.` : '';
  return new DenialError('unknown_field', `Unknown ${what} ${printable(at)}.${hint}`);
}

/**
 * Refuses an older field name that is sent without the current one. MLflow does not read it alone.
 *
 * @example
 * throw olderAlone('run_uuid', 'run_id'); // 'Unknown field run_uuid. Write it run_id.'
 */
export function olderAlone(at: string, newer: string, what = 'field'): DenialError {
  return new DenialError('unknown_field', `Unknown ${what} ${printable(at)}. Write it ${newer}.`);
}

/** Refuses an older field name with another value than the current one. */
export function olderDiffers(at: string, newer: string): DenialError {
  return new DenialError(
    'invalid_field',
    `${at} differs from ${newer}, which is the same field to MLflow. Send ${newer} alone.`,
  );
}

/** Refuses a second field of one protobuf `oneof`. */
export function secondOfOneof(at: string, other: string): DenialError {
  return new DenialError('invalid_field', `${at} and ${other} exclude each other. Send one of them.`);
}
