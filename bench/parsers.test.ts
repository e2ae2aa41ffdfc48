import { expect, test } from 'vitest';
import { measureCase, PARSER_CASES } from './parsers.ts';

test.each(PARSER_CASES.map((one) => [one.parser, one.shape, one] as const))(
  'reading %s (%s) costs no square of its size',
  (_, __, one) => {
    // JSON.parse changes how it keeps an object when there are many members, and so looks worse than linear here.
    // A square would be 64 times as long at eight times the size. On a busy machine one measurement may mislead; three do not.
    const exponents: number[] = [];
    do exponents.push(measureCase(one, 5).exponent);
    while (exponents.at(-1)! >= 1.85 && exponents.length < 3);
    expect(Math.min(...exponents)).toBeLessThan(1.85);
  },
);
