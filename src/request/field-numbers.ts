import { counted } from './bounds.ts';
import { invalid } from './field-errors.ts';
import type { IndexedField } from './field-index.ts';
import { recordUse } from './field-uses.ts';
import { decimalNumber, fitsInteger, fitsSingle, isPlainInteger, wholeDigits } from './json/numbers.ts';
import { exactInteger, exactNumber } from './json/parse.ts';
import type { FieldUse } from './types.ts';

const NON_FINITE: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity']);

/** Checks an integer of a JSON body and returns the value to send. @throws DenialError `invalid_field` */
export function readInteger(value: unknown, field: IndexedField, at: string, uses: FieldUse[]): unknown {
  const digits =
    typeof value === 'string'
      ? plainDigits(value, field)
      : typeof value === 'number' && Number.isSafeInteger(value)
        ? String(value)
        : exactInteger(value);
  const checked = requireInteger(digits, value, field, at, uses);
  return field.message && typeof value === 'string' ? exactNumber(checked) : value;
}

/** Checks an integer of a query, header or path parameter and returns the text to send. @throws DenialError `invalid_field` */
export function readIntegerText(text: string, field: IndexedField, at: string, uses: FieldUse[]): string {
  return requireInteger(plainDigits(text, field), text, field, at, uses);
}

/** @param digits the digits of `given`; `undefined` if it is not an integer */
function requireInteger(
  digits: string | undefined,
  given: unknown,
  field: IndexedField,
  at: string,
  uses: FieldUse[],
): string {
  if (digits === undefined || !isPlainInteger(digits))
    throw invalid(at, 'an integer in plain decimal digits', given);
  requireMost(digits, field, at);
  recordUse(digits, field, at, uses);
  return digits;
}

function plainDigits(text: string, field: IndexedField): string | undefined {
  return field.message ? wholeDigits(text) : text;
}

/** Checks a number of a JSON body and returns the value to send. @throws DenialError `invalid_field` */
export function readDouble(value: unknown, field: IndexedField, at: string): unknown {
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

function requireMost(digits: string, field: IndexedField, at: string): void {
  if (Number(digits) > field.max)
    throw invalid(at, `a number of at most ${counted(field.max)}`, exactNumber(digits));
  const type = field.type === 'int32' ? 'int32' : 'int64';
  if (!fitsInteger(digits, type, field.unsigned === true))
    throw invalid(at, `an integer of the type ${field.unsigned ? 'u' : ''}${type}`, exactNumber(digits));
}
