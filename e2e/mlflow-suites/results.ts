import { existsSync, readFileSync } from 'node:fs';

/** The result of one test, as gateway_in_front.py writes it. */
export interface Outcome {
  /** pytest's node id: `tests/tracking/test_x.py::test_y[sqlalchemy]`. */
  readonly test: string;
  readonly when: 'setup' | 'call' | 'teardown';
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly message: string;
}

/** A run of pytest: each test's worst outcome, by its id, in the order in which they ran. */
export type Results = ReadonlyMap<string, Outcome>;

/**
 * Reads the file of a run. A test that passes and fails when it is taken down has failed.
 *
 * @example
 * readResults('/tmp/straight.jsonl').get('tests/a.py::test_b')?.outcome; // 'passed'
 */
export function readResults(file: string): Results {
  const results = new Map<string, Outcome>();
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  for (const line of lines) {
    if (line === '') continue;
    const outcome = JSON.parse(line) as Outcome;
    const before = results.get(outcome.test);
    if (before === undefined || before.outcome === 'passed') results.set(outcome.test, outcome);
  }
  return results;
}
