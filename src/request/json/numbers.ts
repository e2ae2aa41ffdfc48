import { LIMITS } from '../../limits.ts';

/** Protobuf's JSON: plain digits, or JSON's other spellings of a number. */
const PLAIN = /^(?:0|-?[1-9][0-9]{0,19})$/;
const ZERO_FRACTION = /^(-?(?:0|[1-9][0-9]{0,15}))\.0+$/;
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?$/;
/** Two numbers of at most so many digits are never the same double. */
const EXACT_DIGITS = 15;

/** Integers of each wire type: least and most. */
const RANGES = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const;

/** Largest number of 32 bits. */
const SINGLE_MAX = 3.4028234663852886e38;

/** True for an integer in the one spelling that is sent: no sign but `-`, no leading zeros. */
export function isPlainInteger(text: string): boolean {
  return PLAIN.test(text);
}

/**
 * The digits of an integer that is written as text in another way, or `undefined` where it is none.
 *
 * Protobuf's JSON takes `5.0` and `1e3` for integers, and MLflow reads them by way of a double. Beyond 2^53 that is another
 * integer than the one written, so there only plain digits are taken.
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
 * The number that is written as text in JSON's way, or `undefined` where it is none or too large for a double.
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
 * Whether an integer fits its wire type. One that does not is a parse error to protobuf, and MLflow drops whatever key
 * follows.
 *
 * @param digits as `isPlainInteger` takes them
 */
export function fitsInteger(digits: string, type: 'int32' | 'int64', unsigned: boolean): boolean {
  const [least, most] = RANGES[unsigned ? (`u${type}` as const) : type];
  // A number compares with a BigInt exactly, and costs a tenth to make.
  const number = Number(digits);
  const value = Number.isSafeInteger(number) ? number : BigInt(digits);
  return value >= least && value <= most;
}

/** The same for a number of 32 bits. */
export function fitsSingle(value: number): boolean {
  return Math.abs(value) <= SINGLE_MAX;
}
