import type { Contender } from './contender.ts';
import { cpuMicroseconds } from './cpu-time.ts';
import { load, type NextRequest } from './load.ts';
import { cpuOfGroups } from './peers/process-group.ts';
import { median, percentile } from './stats.ts';

/** One operation at one number of connections, for all contenders. */
export interface Scenario {
  readonly operation: string;
  readonly connections: number;
  readonly requestFor: (contender: Contender) => NextRequest;
}

export interface Round {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the contender's own process; `null` if it cannot be read. */
  readonly cpuMicroseconds: number | null;
}

/** The result of one contender in one scenario. */
export interface Row {
  readonly operation: string;
  readonly connections: number;
  readonly contender: string;
  readonly rounds: readonly Round[];
}

export interface RoundsOptions {
  readonly contenders: readonly Contender[];
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  /** For each contender in each scenario of each round. */
  readonly seconds: number;
  readonly progress: (line: string) => void;
}

/**
 * Measures the contenders in turn, repeatedly (A B C, B C A, ...), so that changing load of the machine affects all of them alike, and
 * none is always first. One unmeasured round comes first.
 *
 * @throws Error if a contender answers with another status than 200; the message names it
 */
export async function measureRounds(options: RoundsOptions): Promise<Row[]> {
  const { contenders, scenarios, rounds, seconds, progress } = options;
  const cells = scenarios.flatMap((scenario) =>
    contenders.map((contender) => ({ scenario, contender, rounds: [] as Round[] })),
  );
  progress('warming up');
  for (const { scenario, contender } of cells) await measure(scenario, contender, seconds);
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    for (const scenario of scenarios) {
      const row = cells.filter((cell) => cell.scenario === scenario);
      for (const cell of rotate(row, round)) {
        cell.rounds.push(await measure(scenario, cell.contender, seconds));
      }
    }
  }
  return cells.map(({ scenario: { operation, connections }, contender, rounds: done }) => ({
    operation,
    connections,
    contender: contender.name,
    rounds: done,
  }));
}

/** The median over the rounds of one number. */
export function over(row: Row, read: (round: Round) => number): number {
  return median(row.rounds.map(read));
}

/**
 * The ratio of a row to another one: the median of the ratios within each round, so that a slow minute that affects both rows cancels
 * out.
 *
 * @example
 * ratio(gateway, bare, (round) => round.requestsPerSecond); // 0.9: nine tenths of the bare proxy's throughput
 */
export function ratio(row: Row, baseline: Row, read: (round: Round) => number): number {
  return median(row.rounds.map((round, i) => read(round) / read(baseline.rounds[i]!)));
}

async function measure(scenario: Scenario, contender: Contender, seconds: number): Promise<Round> {
  const { connections, requestFor, operation } = scenario;
  const { target, name } = contender;
  const before = cpuOf(contender);
  try {
    const { latencies, elapsedMs } = await load({
      target,
      connections,
      seconds,
      next: requestFor(contender),
    });
    const after = cpuOf(contender);
    return {
      requestsPerSecond: (1000 * latencies.length) / elapsedMs,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      cpuMicroseconds:
        before === undefined || after === undefined ? null : (after - before) / latencies.length,
    };
  } catch (error) {
    const log = contender.log === undefined ? '' : ` (its log: ${contender.log})`;
    throw new Error(`${name}, ${operation}: ${(error as Error).message}${log}`, { cause: error });
  }
}

function cpuOf({ pid, groups }: Contender): number | undefined {
  if (groups !== undefined) return cpuOfGroups(groups);
  return pid === undefined ? undefined : cpuMicroseconds(pid);
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const cut = by % list.length;
  return [...list.slice(cut), ...list.slice(0, cut)];
}
