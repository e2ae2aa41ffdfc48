import type { RunResult } from './run.ts';

/** The failures of a run; empty when it passed. */
export function failuresOf(result: RunResult): readonly string[] {
  const { exits, unanswered, leaks, defects, withoutAuditLine, changes, disturbed, memory } = result;
  const named = {
    exits,
    unanswered,
    leaks,
    defects,
    'answers without an audit line': withoutAuditLine,
    changes,
    disturbed,
  };
  const out = Object.entries(named).flatMap(([what, list]) => list.map((one) => `${what}: ${one}`));
  if (memory.peak > memory.limit) out.push(`memory: ${mib(memory.peak)} MiB of ${mib(memory.limit)}`);
  return out;
}

/** Whether the gateway's memory has not grown since early in the run, within a tenth of the limit. */
export function isFlat({ memory }: RunResult): boolean {
  return memory.late - memory.early < memory.limit / 10;
}

/** The slowdown of the teams under attack, at a quantile of their requests. */
export function slowdown({ quiet, attacked }: RunResult, share = 0.99): number {
  return quantile(attacked.teams, share) / quantile(quiet.teams, share);
}

/** The value below which that share of the values lies. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** A run as rows of a table in Markdown. */
export function reportOf(results: readonly RunResult[]): string {
  const row = (name: string, value: (result: RunResult) => string | number): string =>
    `| ${name} | ${results.map((result) => value(result)).join(' | ')} |`;
  const count = (number: number): string => number.toLocaleString('en-US');
  const ms = (values: readonly number[], share: number): string => `${quantile(values, share).toFixed(1)} ms`;
  const both =
    (pick: (part: RunResult['quiet']) => readonly number[], share: number) => (result: RunResult) =>
      `${ms(pick(result.quiet), share)} / ${ms(pick(result.attacked), share)}`;
  return [
    row('', ({ strategy }) => `\`${strategy}\``),
    `|---|${results.map(() => '---|').join('')}`,
    row('requests (seed)', ({ requests, seed }) => `${count(requests)} (${seed})`),
    row('a second', ({ requests, seconds }) => count(Math.round(requests / seconds))),
    row('answered', ({ outcomes }) => count(outcomes.answered)),
    row('senders that left', ({ outcomes }) => count(outcomes.left)),
    row('no request, closed without a response', ({ outcomes }) => count(outcomes.cut)),
    row('exits', ({ exits }) => exits.length),
    row('unanswered', ({ unanswered }) => unanswered.length),
    row('leaks', ({ leaks }) => leaks.length),
    row('defects (500 of the gateway)', ({ defects }) => defects.length),
    row('answers without an audit line', ({ withoutAuditLine }) => withoutAuditLine.length),
    row("changes of the other team's data", ({ changes }) => changes.length),
    row("failures of the teams' own requests", ({ disturbed }) => disturbed.length),
    row(
      'memory: limit, peak',
      ({ memory }) =>
        `${mib(memory.limit)} MiB${memory.enforced ? '' : ' (not enforced)'}, ${mib(memory.peak)} MiB`,
    ),
    row(
      'memory: second quarter, last quarter',
      ({ memory }) => `${mib(memory.early)} MiB, ${mib(memory.late)} MiB`,
    ),
    row(
      "the teams' requests, median: quiet / attacked",
      both(({ teams }) => teams, 0.5),
    ),
    row(
      "the teams' requests, p99: quiet / attacked",
      both(({ teams }) => teams, 0.99),
    ),
    row('the same as a ratio', (result) => slowdown(result).toFixed(2)),
    row(
      '/healthz, p99: quiet / attacked',
      both(({ probes }) => probes, 0.99),
    ),
    row(
      '/healthz, longest: quiet / attacked',
      both(({ probes }) => probes, 1),
    ),
    row('reasons seen', ({ reasons }) => reasons.size),
  ].join('\n');
}

const mib = (bytes: number): number => Math.round(bytes / 1024 / 1024);
