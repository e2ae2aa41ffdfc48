import { stripVTControlCharacters } from 'node:util';
import type { JSONReport, JSONReportSuite } from '@playwright/test/reporter';

/** A test runner with a JSON report that is counted. */
export type Runner = 'vitest' | 'playwright';

/** The counts of one report. Every failed test has an entry in `failures`; so has an error outside of tests. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}

/** The fields of vitest's JSON report that are read (https://vitest.dev/guide/reporters#json-reporter). */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** The length to which the message of a failure is cut, in characters. */
const MAX_FAILURE = 2_000;

/**
 * Reads the JSON report of a test run.
 *
 * @throws {Error} if the text is not JSON or lacks a field
 * @example
 * readReport('playwright', readFileSync('report.json', 'utf8')).passed; // 230
 */
export function readReport(runner: Runner, text: string): Counts {
  const report: unknown = JSON.parse(text);
  return runner === 'vitest' ? readVitest(report as VitestReport) : readPlaywright(report as JSONReport);
}

/** A failure in the form of the list at the end of a CI run. */
export function failure(name: string, why: string): string {
  const message = stripVTControlCharacters(why).trim().slice(0, MAX_FAILURE);
  return `FAILED ${name}${message === '' ? '' : `\n${message.replace(/^/gm, '  ')}`}`;
}

function readVitest(report: VitestReport): Counts {
  const failures: string[] = [];
  let broken = 0;
  for (const { name: path, status, message, assertionResults } of report.testResults) {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    // A file with a failed hook or import has no failed test.
    if (status === 'failed' && failed.length === 0) {
      broken++;
      failures.push(failure(path, message));
    }
    for (const { fullName, failureMessages } of failed)
      failures.push(failure(`${path}: ${fullName}`, failureMessages.join('\n')));
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}

/** A test that passes at the second try counts as failed. An error outside of tests (a file that cannot be loaded) is a failure. */
function readPlaywright({ suites, errors, stats }: JSONReport): Counts {
  const failures = errors.map(({ message = '' }) => failure('outside of tests', message));
  const visit = (suite: JSONReportSuite, titles: readonly string[]): void => {
    for (const { file, title, tests } of suite.specs)
      for (const { projectName, results, status } of tests)
        if (status === 'unexpected' || status === 'flaky') {
          const why = results.flatMap((result) => result.errors.map(({ message }) => message));
          const path = [...titles, title].join(' › ');
          failures.push(failure(`[${projectName}] ${file}: ${path}`, why.join('\n')));
        }
    for (const inner of suite.suites ?? []) visit(inner, [...titles, inner.title]);
  };
  // The outermost suites are files.
  for (const suite of suites) visit(suite, []);
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
    failures,
  };
}
