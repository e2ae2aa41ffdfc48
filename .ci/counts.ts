import { existsSync, readFileSync } from 'node:fs';

/** The contribution of a step to the last line, and the failures that are repeated at the end. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}

/** The parts that are read of vitest's JSON report (https://vitest.dev/guide/reporters#json-reporter). */
interface Report {
  readonly numTotalTests: number;
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

/** How much of one failure is repeated at the end. */
const MAX_FAILURE = 2_000;

/** Counts of a step that is one check. */
export function countOne(name: string, ok: boolean, why = ''): Counts {
  if (ok) return { passed: 1, failed: 0, skipped: 0, failures: [] };
  return { passed: 0, failed: 1, skipped: 0, failures: [failure(name, why)] };
}

/**
 * Counts of a vitest run, from its own report. A run that reported no test has failed, and so has one that ended with an
 * error although no test of its report failed.
 *
 * @example
 * countTests('test:unit', '/tmp/report.json', true).passed; // 3100
 */
export function countTests(name: string, file: string, ok: boolean): Counts {
  const report = read(file);
  if (report === undefined || !(report.numTotalTests > 0))
    return countOne(name, false, 'no test was reported');
  const failures: string[] = [];
  let broken = 0;
  for (const { name: path, status, message, assertionResults } of report.testResults) {
    const bad = assertionResults.filter((test) => test.status === 'failed');
    // A file with failing hooks or imports has no failed test.
    if (status === 'failed' && bad.length === 0) {
      broken++;
      failures.push(failure(path, message));
    }
    for (const { fullName, failureMessages } of bad)
      failures.push(failure(`${path}: ${fullName}`, failureMessages.join('\n')));
  }
  if (!ok && failures.length === 0) {
    broken++;
    failures.push(failure(name, 'the run ended with an error although no test failed'));
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}

/** The sum of counts. */
export function add(all: readonly Counts[]): Counts {
  const sum = (key: 'passed' | 'failed' | 'skipped'): number =>
    all.reduce((total, one) => total + one[key], 0);
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    failures: all.flatMap((one) => one.failures),
  };
}

/** The last line of `.ci/run`. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function read(file: string): Report | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}

const failure = (name: string, why: string): string =>
  `FAILED ${name}${why === '' ? '' : `\n${why.slice(0, MAX_FAILURE).replace(/^/gm, '  ')}`}`;
