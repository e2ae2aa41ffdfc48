import { existsSync, readFileSync } from 'node:fs';
<<<<<<< 9a8f46f1a27a3b39bb8cc81a54396ea01aeedf30

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
=======
import { type Counts, failure, type Runner, readReport } from './reports.ts';
>>>>>>> 6dc97804009de8635258421b37377e57604e9f44

/** Counts of a step that is one check. */
export function countOne(name: string, ok: boolean, why = ''): Counts {
  if (ok) return { passed: 1, failed: 0, skipped: 0, failures: [] };
  return { passed: 0, failed: 1, skipped: 0, failures: [failure(name, why)] };
}

/**
 * Counts of a step that runs tests, from the JSON reports of its runners. A runner that reported no test has failed, and so has
 * a step that ended with an error although no report has a failure.
 *
 * @param reports the file of each runner
 * @example
 * countTests('test:unit', { vitest: '/tmp/report.json' }, true).passed; // 3100
 */
<<<<<<< 9a8f46f1a27a3b39bb8cc81a54396ea01aeedf30
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
=======
export function countTests(
  name: string,
  reports: Readonly<Partial<Record<Runner, string>>>,
  ok: boolean,
): Counts {
  const runners = Object.entries(reports) as [Runner, string][];
  const counts = add(
    runners.map(([runner, file]) => {
      const read = tryRead(runner, file);
      const tests = read === undefined ? 0 : read.passed + read.failed + read.skipped;
      return read === undefined || tests === 0 ? countOne(name, false, `${runner} reported no test`) : read;
    }),
  );
  if (ok || counts.failures.length > 0) return counts;
  return add([counts, countOne(name, false, 'the run ended with an error although no test failed')]);
>>>>>>> 6dc97804009de8635258421b37377e57604e9f44
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

function tryRead(runner: Runner, file: string): Counts | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return readReport(runner, readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
