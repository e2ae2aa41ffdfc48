import { expect, test } from 'vitest';
import { measureCase, PARSER_CASES } from './parsers.ts';

const MEASUREMENTS = 20;

test.each(PARSER_CASES.map((one) => [one.parser, one.shape, one] as const))(
  'the time to read %s (%s) does not grow with the square of its size',
  (_, __, one) => {
    // JSON.parse stores objects with many members in another form, which looks worse than linear here.
    // A square would be 64 times as long at eight times the size. On a busy machine a measurement may mislead, so
    // each is repeated while it does; a square would be one every time.
    const exponents: number[] = [];
    do exponents.push(measureCase(one, 5).exponent);
    while (exponents.at(-1)! >= 1.85 && exponents.length < MEASUREMENTS);
    expect(Math.min(...exponents)).toBeLessThan(1.85);
  },
);
