import { LIMITS } from '../../limits.ts';

/** Numbers in protobuf's JSON: plain digits, or another JSON spelling. */
const PLAIN = /^(?:0|-?[1-9][0-9]{0,19})$/;
const ZERO_FRACTION = /^(-?(?:0|[1-9][0-9]{0,15}))\.0+$/;
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?$/;
/** Different numbers with at most this many digits are different doubles. */
const EXACT_DIGITS = 15;

/** The smallest and largest integer of each wire type. */
const RANGES = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const;

/** The largest 32-bit floating-point number. */
const SINGLE_MAX = 3.4028234663852886e38;

/** Whether text is an integer in the spelling that is sent: no sign but `-`, no leading zeros. */
export function isPlainInteger(text: string): boolean {
  return PLAIN.test(text);
}

/**
 * The plain digits of an integer in any of its spellings; `undefined` if the text is not an integer.
 *
 * Protobuf's JSON accepts `5.0` and `1e3` as integers, and MLflow reads them as doubles. Beyond 2^53 a double may be a different
 * integer, so there only plain digits are accepted.
 *
 * @example
 * wholeDigits('5.0'); // '5'
 * wholeDigits('1.7e12'); // '1700000000000'
 * wholeDigits('1700000000000.5'); // undefined
 */
export function wholeDigits(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  if (text.length > LIMITS.numberLength.value || !NUMBER.test(text)) return undefined;
  const digits = ZERO_FRACTION.exec(text)?.[1];
  const value = Number(digits ?? text);
  if (!Number.isSafeInteger(value)) return undefined;
  if (digits === undefined && text.replace(/[eE].*$|\D/g, '').length > EXACT_DIGITS) return undefined;
  // -0 is 0.
  return String(value);
}

/**
 * The number in a JSON spelling; `undefined` if the text is not a number or is too large for a double.
 *
 * @example
 * decimalNumber('0.90'); // 0.9
 * decimalNumber(' 1'); // undefined, as for '1_000', '+1', '0x1' and 'inf', which only Python takes
 */
export function decimalNumber(text: string): number | undefined {
  if (text.length > LIMITS.numberLength.value || !NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * Whether an integer fits its wire type. Otherwise protobuf fails to parse it, and MLflow drops every key after it.
 *
 * @param digits as `isPlainInteger` takes them
 */
export function fitsInteger(digits: string, type: 'int32' | 'int64', unsigned: boolean): boolean {
  const [least, most] = RANGES[unsigned ? (`u${type}` as const) : type];
  // A number compares exactly with a BigInt, at a tenth of the cost of creating one.
  const number = Number(digits);
  const value = Number.isSafeInteger(number) ? number : BigInt(digits);
  return value >= least && value <= most;
}

/** Whether a number fits a 32-bit floating-point type. */
export function fitsSingle(value: number): boolean {
  return Math.abs(value) <= SINGLE_MAX;
}
