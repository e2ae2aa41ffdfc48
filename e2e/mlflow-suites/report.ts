import { KNOWN, type Known, type Strategy } from './reasons.ts';
import type { Outcome, Results } from './results.ts';
import { SUITES } from './suites.ts';

/** A test that passes directly at MLflow and fails through the gateway. */
interface Failure {
  readonly test: string;
  readonly message: string;
  readonly reason: string | undefined;
}

export interface Comparison {
  readonly strategy: Strategy;
  readonly suites: readonly { readonly name: string; readonly straight: number; readonly through: number }[];
  readonly failures: readonly Failure[];
  /** Entries of the list of reasons that no test needs any more. */
  readonly idle: readonly Known[];
}

/**
 * Compares two runs. Only tests that pass directly are counted: MLflow's repository is newer or older than the MLflow that is
 * installed, and some tests need what is not there.
 */
export function compare(
  strategy: Strategy,
  straight: Results,
  through: Results,
  known: readonly Known[] = KNOWN,
): Comparison {
  const here = known.filter(({ strategies }) => strategies.includes(strategy));
  const idle = new Set(here);
  const failures: Failure[] = [];
  const suites = SUITES.map(({ name, file }) => {
    const passed = [...straight.values()].filter(
      ({ test, outcome }) => outcome === 'passed' && test.startsWith(`${file}::`),
    );
    const lost = passed.filter(({ test }) => through.get(test)?.outcome !== 'passed');
    for (const { test } of lost) failures.push(explain(test, through.get(test), here, idle));
    return { name, straight: passed.length, through: passed.length - lost.length };
  });
  return { strategy, suites, failures, idle: [...idle] };
}

function explain(
  test: string,
  outcome: Outcome | undefined,
  known: readonly Known[],
  idle: Set<Known>,
): Failure {
  const message = outcome?.message ?? 'it did not run';
  const found = known.find((one) => namesOf(one).has(nameOf(test)) && one.says.test(message));
  if (found !== undefined) idle.delete(found);
  return { test, message, reason: found?.reason };
}

const namesOf = ({ tests }: Known): ReadonlySet<string> => new Set(tests);

/** The function: `test_y` of `tests/tracking/test_x.py::test_y[sqlalchemy]`. */
export function nameOf(test: string): string {
  return test.split('::').at(-1)!.replace(/\[.*$/s, '');
}

/**
 * The numbers, and each reason with its tests, as Markdown.
 *
 * @example
 * console.log(tablesOf([comparison]));
 */
export function tablesOf(comparisons: readonly Comparison[]): string {
  const rows = comparisons.flatMap(({ strategy, suites }) => [
    ...suites.map(
      ({ name, straight, through }) => `| \`${strategy}\` | ${name} | ${straight} | ${through} |`,
    ),
    `| \`${strategy}\` | together | ${sum(suites, 'straight')} | ${sum(suites, 'through')} |`,
  ]);
  return [
    ['| strategy | tests | pass directly | pass through the gateway |', '|---|---|---|---|', ...rows].join(
      '\n',
    ),
    ...comparisons.map(reasonsOf),
  ].join('\n\n');
}

function reasonsOf({ strategy, failures }: Comparison): string {
  const byReason = Map.groupBy(failures, ({ reason }) => reason ?? '**no reason is known**');
  const rows = [...byReason]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, lost]) => {
      const names = Map.groupBy(lost, ({ test }) => nameOf(test));
      const list = [...names].map(
        ([name, all]) => `\`${name}\`${all.length > 1 ? ` (${all.length} times)` : ''}`,
      );
      return `| ${lost.length} | ${reason} | ${list.join(', ')} |`;
    });
  if (rows.length === 0) return `Under \`${strategy}\` every one of them passes through the gateway.`;
  return `Under \`${strategy}\` these pass directly and fail through the gateway:\n\n| | reason | tests |\n|---|---|---|\n${rows.join('\n')}`;
}

const sum = (suites: Comparison['suites'], what: 'straight' | 'through'): number =>
  suites.reduce((total, suite) => total + suite[what], 0);
