import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { add, closingLine, countOne, countTests } from './counts.ts';

const dir = mkdtempSync(join(tmpdir(), 'counts-'));
const file = join(dir, 'report.json');
afterAll(() => rmSync(dir, { recursive: true }));

function report(testResults: readonly object[], more: object = {}): string {
  const counts = { numPassedTests: 2, numFailedTests: 0, numPendingTests: 1, numTodoTests: 0 };
  writeFileSync(file, JSON.stringify({ numTotalTests: 3, ...counts, ...more, testResults }));
  return file;
}

test('the counts of a run are those of its report', () => {
  const counts = countTests('suite', report([{ name: 'a', status: 'passed', assertionResults: [] }]), true);
  expect(counts).toEqual({ passed: 2, failed: 0, skipped: 1, failures: [] });
  expect(closingLine(counts)).toBe('2 passed, 0 failed, 1 skipped');
});

test('a failed test is repeated with its message', () => {
  const assertionResults = [{ status: 'failed', fullName: 'x is y', failureMessages: ['no\nit is z'] }];
  const counts = countTests(
    's',
    report([{ name: 'a', status: 'failed', assertionResults }], { numFailedTests: 1 }),
    false,
  );
  expect(counts.failed).toBe(1);
  expect(counts.failures).toEqual(['FAILED a: x is y\n  no\n  it is z']);
});

test('a file that failed without a failed test counts as one failure', () => {
  const counts = countTests(
    's',
    report([{ name: 'a', status: 'failed', message: 'hook', assertionResults: [] }]),
    false,
  );
  expect(counts).toMatchObject({ failed: 1, failures: ['FAILED a\n  hook'] });
});

test('a run without a test, without a report or with half a report has failed', () => {
  const failed = { passed: 0, failed: 1, failures: ['FAILED s\n  no test was reported'] };
  expect(countTests('s', report([], { numTotalTests: 0 }), true)).toMatchObject(failed);
  expect(countTests('s', join(dir, 'none.json'), true)).toMatchObject(failed);
  writeFileSync(file, '{"numTotalTests": 3,');
  expect(countTests('s', file, true)).toMatchObject(failed);
});

test('a run that ended with an error has failed, whatever its report says', () => {
  expect(countTests('s', report([]), false)).toMatchObject({ passed: 2, failed: 1 });
});

test('sums', () => {
  const sum = add([countOne('a', true), countOne('b', false, 'why'), countOne('c', true)]);
  expect(sum).toEqual({ passed: 2, failed: 1, skipped: 0, failures: ['FAILED b\n  why'] });
  expect(closingLine(sum)).toBe('2 passed, 1 failed');
});
