import { existsSync, readFileSync } from 'node:fs';
import { type Counts, failure, type Runner, readReport } from './reports.ts';

/** Counts of a step that is one check. */
export function countOne(name: string, ok: boolean, why = ''): Counts {
  if (ok) return { passed: 1, failed: 0, skipped: 0, failures: [] };
  return { passed: 0, failed: 1, skipped: 0, failures: [failure(name, why)] };
}

/**
 * Counts of a step that runs tests, from the JSON reports of its runners. A runner that reported no test counts as a
 * failure, and so does a step that ended with an error although no report has a failure.
 *
 * @param reports the file of each runner
 * @example
 * countTests('test:unit', { vitest: '/tmp/report.json' }, true).passed; // 3100
 */
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
