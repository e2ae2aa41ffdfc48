import { describe, expect, it } from 'vitest';
import { denialOf, fastest } from '../http/testing.ts';
import { LIMITS } from '../limits.ts';
import { LEGITIMATE } from './filter/testing/legitimate.ts';
import { checkFilterBounds } from './filter-bounds.ts';

const check = (filter: string): void => checkFilterBounds(filter, 'filter');
const refusal = (filter: string): string => denialOf(() => check(filter)).message;
const times = (count: number, of: (i: number) => string, by = ' AND '): string =>
  Array.from({ length: count }, (_, i) => of(i)).join(by);

describe('checkFilterBounds', () => {
  it('accepts the filters of MLflow’s clients, pages and documentation', () => {
    for (const filter of Object.values(LEGITIMATE).flat()) expect(() => check(filter), filter).not.toThrow();
  });

  it.each([
    ['signs', (i: number) => `tags.a != 'x${i}'`],
    ['words', (i: number) => `tags.a LIKE 'x${i}'`],
    ['lists', (i: number) => `name NOT IN ('x${i}')`],
    ['nulls', () => 'tags.a IS NOT NULL'],
  ])('more comparisons by %s than MLflow can join are refused', (_, of) => {
    const most = LIMITS.filterComparisons.value;
    expect(() => check(times(most, of))).not.toThrow();
    expect(refusal(times(most + 1, of))).toBe('filter accepts at most 60 comparisons; 61 were sent.');
    // Without AND too, which MLflow might not need.
    expect(refusal(times(most + 1, of, '\n'))).toContain('at most 60 comparisons');
  });

  it('does not count a comparator in a value or in a key', () => {
    expect(() => check(`tags.a = '${'a = b in c '.repeat(100)}'`)).not.toThrow();
    expect(() => check(times(60, () => "tags.in = 'x'"))).not.toThrow();
  });

  it('accepts a list of 2,400 ids and refuses one of 3,000', () => {
    const list = (count: number): string => `run_id IN (${times(count, (i) => `'${i}'`, ',')})`;
    expect(() => check(list(2_400))).not.toThrow();
    expect(refusal(list(3_000))).toContain('the filter has more than 5000 words and signs');
  });

  it.each([
    ['a backslash before a quote', "tags.b = 'q\\' AND "],
    ['a comment', "tags.b = 'q' -- '\n AND "],
    ['an open quote', "' "],
    ['a parenthesis', '/* " */ '],
  ])('comparisons behind %s are counted, wherever a quote may end', (_, before) => {
    expect(refusal(before + times(61, () => "tags.a = 'x'"))).toContain('at most 60 comparisons');
    expect(() => check(before + times(30, () => "tags.a = 'x'"))).not.toThrow();
  });

  it.each(['a;', '(', ',', "' ", '" ', '`', '--', 'case ', 'a.', '\\'])(
    'many of %j are refused in milliseconds',
    (piece) => {
      const filter = piece.repeat(60_000 / piece.length);
      expect(fastest(() => expect(refusal(filter)).toMatch(/words and signs/))).toBeLessThan(250);
    },
  );

  it('refuses more wildcards in one pattern than the limit', () => {
    expect(() => check(`name LIKE '${'%a'.repeat(20)}' AND name ILIKE '${'%a'.repeat(20)}'`)).not.toThrow();
    expect(refusal(`name ILIKE '${'%a'.repeat(21)}'`)).toContain('at most 20 "%"');
    expect(refusal(`\\' name ILIKE '${'%a'.repeat(21)}'`)).toContain('at most 20 "%"');
  });
});

describe('a pattern of RLIKE', () => {
  const rlike = (pattern: string, key = 'tags.a'): string => `${key} RLIKE '${pattern}'`;

  it.each([
    'abc',
    '^x$',
    '^a[0-9]+$',
    '^api_.*',
    '^a.{2,5}b',
    'error|warning|fatal',
    '(a|b)c?',
    'a\\.b\\*',
    '^[a-z]*z',
  ])('%s is accepted', (pattern) => expect(() => check(rlike(pattern))).not.toThrow());

  it.each([
    ['(a+)+$', 'a repetition of a repetition'],
    ['^(a|a)*b', 'a repetition of a group'],
    ['^(ab){9}', 'a repetition of a group'],
    ['.*.*.*b', 'three repetitions'],
    ['^.*a.*b', 'two repetitions'],
    ['a.*b', 'one that may begin anywhere'],
    ['^a|b*c', 'one that may begin anywhere behind a choice'],
    ['(a|b)'.repeat(9), 'nine choices'],
    ['(?=a)b', 'a look ahead'],
    ['(?P<x>a)', 'a named group'],
    ['(a)\\1', 'what a group held'],
    ['^\\\\*.*', 'a repetition of a backslash and another'],
  ])('%s is refused: %s', (pattern) => {
    expect(refusal(rlike(pattern))).toMatch(/Invalid value for filter/);
  });

  it('is refused if it is longer than the limit', () => {
    expect(() => check(rlike('a'.repeat(256)))).not.toThrow();
    expect(refusal(rlike('a'.repeat(257)))).toContain('at most 256 characters in a pattern of RLIKE');
  });

  it('is refused after a key that is a pattern itself', () => {
    expect(() => check(rlike('a', 'span.attributes.`my key`'))).not.toThrow();
    expect(refusal(rlike('a', 'span.attributes.`(a+)+$`'))).toContain('a key compared by RLIKE');
  });

  it('is refused if the filter can be read in more than one way', () => {
    expect(refusal("tags.a RLIKE /* ' */ '(a+)+$'")).toContain('the filter combines RLIKE');
  });
});
