import { compare, type Difference } from './compare.ts';
import { KNOWN, type Known, type Strategy } from './differences.ts';
import { Placeholders } from './placeholders.ts';
import type { DayReport } from './report.ts';

/** One day and the address that its client was given. */
export interface Side {
  readonly report: DayReport;
  readonly server: string;
}

/** What two days differ in, and how that stands against the list. */
export interface Verdict {
  /** Differences that no entry fits, as `step: path: straight | gateway`. */
  readonly unlisted: readonly string[];
  /** Entries that nothing fits any more: their reasons and steps. */
  readonly gone: readonly string[];
  readonly differences: number;
}

/** Compares a day straight at MLflow with one through the gateway, value for value. */
export function judge(strategy: Strategy, straight: Side, gateway: Side): Verdict {
  const known = KNOWN.filter(({ strategies }) => strategies.includes(strategy));
  const used = new Set<Known>();
  const unlisted: string[] = [];
  const left = answers(straight);
  const right = answers(gateway);
  let count = 0;
  for (const step of new Set([...left.keys(), ...right.keys()])) {
    for (const difference of compare(left.get(step), right.get(step))) {
      count++;
      const fitting = known.find((entry) => fits(entry, step, difference));
      if (fitting) used.add(fitting);
      else
        unlisted.push(
          `${step}: ${difference.path}: ${short(difference.straight)} | ${short(difference.gateway)}`,
        );
    }
  }
  const gone = known
    .filter((entry) => !used.has(entry))
    .map(({ step, path, reason }) => `${step} ${path}: ${reason}`);
  return { unlisted, gone, differences: count };
}

function answers({ report, server }: Side): Map<string, unknown> {
  const placeholders = new Placeholders(server);
  return new Map(
    report.steps.map(({ step, value, error }) => {
      const answer = error === undefined ? { value } : { error };
      return [step, placeholders.of(answer)];
    }),
  );
}

function fits({ step, path, straight, gateway }: Known, name: string, found: Difference): boolean {
  if (!step.test(name) || !path.test(found.path)) return false;
  return matches(straight, found.straight) && matches(gateway, found.gateway);
}

/** Nothing there is what an entry without a pattern means. */
function matches(pattern: RegExp | undefined, value: unknown): boolean {
  return pattern === undefined
    ? value === undefined
    : value !== undefined && pattern.test(JSON.stringify(value));
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 400);
}
