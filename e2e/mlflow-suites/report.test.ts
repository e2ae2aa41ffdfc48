import { describe, expect, it } from 'vitest';
import type { Known } from './reasons.ts';
import { compare, nameOf, tablesOf } from './report.ts';
import type { Outcome, Results } from './results.ts';

const FILE = 'tests/tracking/test_rest_tracking.py';
const results = (outcomes: Record<string, [Outcome['outcome'], string?]>): Results =>
  new Map(
    Object.entries(outcomes).map(([name, [outcome, message = '']]) => {
      const test = `${FILE}::${name}`;
      return [test, { test, when: 'call', outcome, message }];
    }),
  );
const KNOWN: readonly Known[] = [
  { strategies: ['tags'], tests: ['test_a'], says: /^refused$/, reason: 'A is refused' },
];

describe('compare', () => {
  it('counts tests that pass directly, and explains a failure', () => {
    const straight = results({
      'test_a[x]': ['passed'],
      test_b: ['passed'],
      test_c: ['failed'],
      test_d: ['skipped'],
    });
    const through = results({ 'test_a[x]': ['failed', 'refused'], test_b: ['passed'], test_c: ['passed'] });
    const { suites, failures, idle } = compare('tags', straight, through, KNOWN);
    expect(suites[0]).toEqual({ name: 'tracking', straight: 2, through: 1 });
    expect(failures).toEqual([{ test: `${FILE}::test_a[x]`, message: 'refused', reason: 'A is refused' }]);
    expect(idle).toEqual([]);
  });

  it.each([
    ['another message', { test_a: ['failed', 'crashed'] }],
    ['no result', {}],
  ] as const)('a known test with %s has no reason, and its entry is idle', (_, outcome) => {
    const { failures, idle } = compare(
      'tags',
      results({ test_a: ['passed'] }),
      results(outcome as never),
      KNOWN,
    );
    expect(failures.map(({ reason }) => reason)).toEqual([undefined]);
    expect(idle).toEqual(KNOWN);
  });

  it('ignores reasons of another strategy', () => {
    const { failures, idle } = compare(
      'workspaces',
      results({ test_a: ['passed'] }),
      results({ test_a: ['failed', 'refused'] }),
      KNOWN,
    );
    expect(failures[0]?.reason).toBeUndefined();
    expect(idle).toEqual([]);
  });
});

describe('tablesOf', () => {
  it('names each reason once, with its tests', () => {
    const straight = results({ 'test_a[x]': ['passed'], 'test_a[y]': ['passed'] });
    const through = results({ 'test_a[x]': ['failed', 'refused'], 'test_a[y]': ['failed', 'refused'] });
    const text = tablesOf([compare('tags', straight, through, KNOWN)]);
    expect(text).toContain('| `tags` | tracking | 2 | 0 |');
    expect(text).toContain('| 2 | A is refused | `test_a` (2 times) |');
  });
});

it('nameOf accepts brackets inside parameters', () => {
  expect(nameOf(`${FILE}::test_a[x-[1]]`)).toBe('test_a');
});
