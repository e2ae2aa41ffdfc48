import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { add, closingLine, countOne, countTests } from './counts.ts';

const dir = mkdtempSync(join(tmpdir(), 'counts-'));
const file = join(dir, 'report.json');
afterAll(() => rmSync(dir, { recursive: true }));

/** Writes a vitest report with three tests. */
function vitest(testResults: readonly object[], more: object = {}): { vitest: string } {
  const counts = { numPassedTests: 2, numFailedTests: 0, numPendingTests: 1, numTodoTests: 0 };
  writeFileSync(file, JSON.stringify({ ...counts, ...more, testResults }));
  return { vitest: file };
}

test('the counts of a run are those of its report', () => {
  const counts = countTests('suite', vitest([{ name: 'a', status: 'passed', assertionResults: [] }]), true);
  expect(counts).toEqual({ passed: 2, failed: 0, skipped: 1, failures: [] });
  expect(closingLine(counts)).toBe('2 passed, 0 failed, 1 skipped');
});

test('a failed test is listed with its message', () => {
  const assertionResults = [{ status: 'failed', fullName: 'x is y', failureMessages: ['no\nit is z'] }];
  const counts = countTests(
    's',
    vitest([{ name: 'a', status: 'failed', assertionResults }], { numFailedTests: 1 }),
    false,
  );
  expect(counts.failed).toBe(1);
  expect(counts.failures).toEqual(['FAILED a: x is y\n  no\n  it is z']);
});

test('a file that failed without a failed test counts as one failure', () => {
  const counts = countTests(
    's',
    vitest([{ name: 'a', status: 'failed', message: 'hook', assertionResults: [] }]),
    false,
  );
  expect(counts).toMatchObject({ failed: 1, failures: ['FAILED a\n  hook'] });
});

test('a run without a test, without a report or with half a report has failed', () => {
  const failed = { passed: 0, failed: 1, failures: ['FAILED s\n  vitest reported no test'] };
  expect(countTests('s', vitest([], { numPassedTests: 0, numPendingTests: 0 }), true)).toMatchObject(failed);
  expect(countTests('s', { vitest: join(dir, 'none.json') }, true)).toMatchObject(failed);
  writeFileSync(file, '{"numTotalTests": 3,');
  expect(countTests('s', { vitest: file }, true)).toMatchObject(failed);
});

test('a run that ended with an error has failed, even without a failure in its report', () => {
  expect(countTests('s', vitest([]), false)).toMatchObject({ passed: 2, failed: 1 });
});

/** Writes a report of Playwright in the form of its documentation: a file, a describe block in it, a test. */
function playwright(
  specs: readonly object[],
  stats: object = {},
  errors: readonly object[] = [],
): { playwright: string } {
  const counts = { expected: 2, unexpected: 0, flaky: 0, skipped: 0, ...stats };
  const suites = [{ title: 'a.spec.ts', specs: [], suites: [{ title: 'a role', specs }] }];
  writeFileSync(file, JSON.stringify({ suites, errors, stats: counts }));
  return { playwright: file };
}
const spec = (status: string, ...messages: readonly string[]): object => ({
  title: 'x is y',
  file: 'a.spec.ts',
  tests: [
    { projectName: 'ui-tags', status, results: [{ errors: messages.map((message) => ({ message })) }] },
  ],
});

test('the counts of a Playwright run are those of its report', () => {
  const counts = countTests('s', playwright([spec('expected')], { skipped: 1 }), true);
  expect(counts).toEqual({ passed: 2, failed: 0, skipped: 1, failures: [] });
});

test('a failed Playwright test is listed with project, file, titles and messages without colours', () => {
  const specs = [spec('expected'), spec('unexpected', '\u001b[31mError\u001b[39m: no\nit is z', 'also')];
  const counts = countTests('s', playwright(specs, { unexpected: 1 }), false);
  expect(counts.failed).toBe(1);
  expect(counts.failures).toEqual([
    'FAILED [ui-tags] a.spec.ts: a role › x is y\n  Error: no\n  it is z\n  also',
  ]);
});

test('a Playwright test that passes at the second try has failed', () => {
  const counts = countTests('s', playwright([spec('flaky', 'first')], { flaky: 1 }), true);
  expect(counts).toMatchObject({ passed: 2, failed: 1 });
  expect(counts.failures).toEqual(['FAILED [ui-tags] a.spec.ts: a role › x is y\n  first']);
});

test('an error outside of Playwright’s tests is a failure', () => {
  const none = { expected: 0 };
  const counts = countTests('s', playwright([], none, [{ message: 'cannot load a.spec.ts' }]), false);
  expect(counts).toMatchObject({ passed: 0, failed: 1 });
  expect(counts.failures).toEqual(['FAILED outside of tests\n  cannot load a.spec.ts']);
  expect(countTests('s', playwright([], none), true).failures).toEqual([
    'FAILED s\n  playwright reported no test',
  ]);
});

test('a step with two runners has the sum of both, and each must report', () => {
  const other = join(dir, 'other.json');
  writeFileSync(other, readFileSync(vitest([]).vitest));
  const both = { vitest: other, ...playwright([]) };
  expect(countTests('s', both, true)).toEqual({ passed: 4, failed: 0, skipped: 1, failures: [] });
  const counts = countTests('s', { ...both, playwright: join(dir, 'none.json') }, true);
  expect(counts).toMatchObject({ passed: 2, failed: 1 });
  expect(counts.failures).toEqual(['FAILED s\n  playwright reported no test']);
});

test('adds counts', () => {
  const sum = add([countOne('a', true), countOne('b', false, 'why'), countOne('c', true)]);
  expect(sum).toEqual({ passed: 2, failed: 1, skipped: 0, failures: ['FAILED b\n  why'] });
  expect(closingLine(sum)).toBe('2 passed, 1 failed');
});
