import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { OPERATIONS } from '../../src/catalog/generated/catalog.ts';
import type { Bench } from '../conformance/suite-context.ts';
import type { StrategyUnderTest } from '../harness/strategies/workspaces.ts';
import { THERE } from '../harness/world/world.ts';
import { AuditTrail } from './audit-trail.ts';
import type { HostileCase } from './case.ts';
import { changesBetween } from './changes.ts';
import { Lane, type Outcome } from './client.ts';
import { makeCases } from './generate/next.ts';
import type { Targets } from './generate/values.ts';
import { spies } from './leaked-secrets.ts';
import { MemoryWatch } from './memory-watch.ts';
import { Pace } from './pace.ts';
import { type Scene, setScene } from './scene.ts';
import { Teams } from './teams/teams.ts';
import type { TeamReport } from './teams/work.ts';

/** How long and how hard a gateway is attacked. */
export interface RunOptions {
  readonly strategy: StrategyUnderTest;
  readonly requests: number;
  readonly seed: number;
  /** Requests a second at most. */
  readonly rate: number;
  /** Only this case, for looking at it. */
  readonly only?: number | undefined;
  readonly progress: (line: string) => void;
}

/** What came of a run; every list names what should not have been. */
export interface RunResult {
  readonly strategy: string;
  readonly seed: number;
  readonly requests: number;
  readonly seconds: number;
  readonly outcomes: Readonly<Record<Outcome['how'], number>>;
  readonly statuses: ReadonlyMap<number, number>;
  readonly reasons: ReadonlyMap<string, number>;
  readonly exits: readonly string[];
  readonly unanswered: readonly string[];
  readonly leaks: readonly string[];
  /** Answers that say that the gateway itself failed. */
  readonly defects: readonly string[];
  readonly withoutAuditLine: readonly string[];
  readonly auditLines: number;
  /** The requests that took longest, with their milliseconds. */
  readonly slowest: readonly { readonly name: string; readonly ms: number }[];
  /** What of the other team's data is not as it was. */
  readonly changes: readonly string[];
  /** Answers other than 200 to the teams at work. */
  readonly disturbed: readonly string[];
  readonly memory: {
    readonly limit: number;
    readonly enforced: boolean;
    readonly peak: number;
    readonly early: number;
    readonly late: number;
  };
  /** Milliseconds of the teams' requests and of `/healthz`, without and under attack. */
  readonly quiet: { readonly teams: readonly number[]; readonly probes: readonly number[] };
  readonly attacked: { readonly teams: readonly number[]; readonly probes: readonly number[] };
}

const LANES = 32;
/** Requests between two quiet times. */
const BLOCK_SECONDS = 20;
const QUIET_MS = 4_000;
/** For the audit log to be written. */
const SETTLE_MS = 3_000;
const MOST_NAMED = 20;

/** Attacks a gateway as deployed, with two teams at work beside, and looks at all that must hold meanwhile. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { strategy, progress } = options;
  progress(`${strategy.name}: preparing`);
  beNice(0);
  const scene = await setScene(strategy);
  // A gateway that is gone is in the result; stopping the rest fails for it too.
  return await attack(scene, options).finally(() =>
    scene.stop().catch(({ message }: Error) => progress(message)),
  );
}

async function attack(scene: Scene, options: RunOptions): Promise<RunResult> {
  const { bench, deployment, material } = scene;
  const { requests, seed, rate, progress, strategy, only } = options;
  const { gateway } = bench.world.stack;
  const next = makeCases(seed, material);
  const trail = new AuditTrail(gateway.auditFile);
  const memory = new MemoryWatch(gateway.pid);
  const teams = new Teams(scene.teams);
  beNice(10);
  // The name of the other team is no secret, and the attackers write it wherever they can.
  const find = spies(
    bench.secrets.filter((secret) => secret !== THERE),
    sendable(material.targets),
  );
  const outcomes: Record<Outcome['how'], number> = { answered: 0, cut: 0, left: 0, unanswered: 0 };
  const statuses = new Map<number, number>();
  const unanswered: string[] = [];
  const leaks: string[] = [];
  const defects: string[] = [];
  const exits: string[] = [];
  const reports = { quiet: emptyReport(), attacked: emptyReport() };
  const disturbed: string[] = [];
  let slowest: RunResult['slowest'][number][] = [];
  const started = performance.now();
  let index = only ?? 0;
  const last = only === undefined ? requests : only + 1;

  const judge = (one: HostileCase, at: number, { how, text, status, ids }: Outcome): void => {
    outcomes[how]++;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const name = `#${at} ${one.name}`;
    const owed = how === 'unanswered' || (how === 'cut' && one.framed && sizeOf(one) < 1024 * 1024);
    if (owed) note(unanswered, `${name}: ${how}`);
    if (text.includes('"reason":"internal_error"')) note(defects, `${name}: ${text.slice(-300)}`);
    for (const secret of find(text, one.pieces)) note(leaks, `${name}: ${secret} in ${text.slice(0, 500)}`);
    for (const id of ids) if (!isProbe(text)) trail.answered(id);
    if (only !== undefined)
      progress(
        `${name}\n${Buffer.concat(one.pieces).toString('latin1').slice(0, 4_000)}\n--- ${how}\n${text}`,
      );
  };
  const keep = async (to: Mutable<TeamReport>): Promise<void> => {
    const { latencies, probes, ids, failures } = await teams.take();
    to.latencies.push(...latencies);
    to.probes.push(...probes);
    for (const id of ids) trail.answered(id);
    for (const failure of failures) note(disturbed, failure);
  };
  try {
    await sleep(1_000);
    await keep(emptyReport());
    while (index < last && gateway.gone() === undefined) {
      await sleep(only === undefined ? QUIET_MS : 0);
      await keep(reports.quiet);
      const until = Math.min(last, index + rate * BLOCK_SECONDS);
      const pace = new Pace(rate);
      const lanes = Array.from({ length: LANES }, async () => {
        const lane = new Lane(gateway.port);
        while (index < until && gateway.gone() === undefined) {
          const at = index++;
          await pace.wait();
          const one = next(at);
          const sent = performance.now();
          try {
            judge(one, at, await lane.send(one));
            slowest.push({ name: `#${at} ${one.name}`, ms: Math.round(performance.now() - sent) });
            if (slowest.length > 10 * MOST_NAMED) slowest = longest(slowest);
          } catch (error) {
            note(exits, `#${at} ${one.name}: no connection: ${(error as Error).message}`);
          }
        }
        lane.close();
      });
      await Promise.all(lanes);
      await keep(reports.attacked);
      trail.read();
      progress(
        `${strategy.name}: ${index} of ${last}, ${Math.round((performance.now() - started) / 1000)} s, ${mib(memory.peak)} MiB at most`,
      );
    }
    const seconds = (performance.now() - started) / 1000;
    const gone = gateway.gone();
    if (gone !== undefined)
      exits.push(`the gateway ${gone}, killed for its memory ${deployment.kills()} times`);
    await teams.stop().catch((error: Error) => note(disturbed, error.message));
    await sleep(SETTLE_MS);
    trail.read();
    return {
      strategy: strategy.name,
      seed,
      requests: last - (only ?? 0),
      seconds,
      outcomes,
      statuses,
      reasons: trail.reasons,
      exits,
      unanswered,
      leaks,
      defects,
      withoutAuditLine: trail.missing().slice(0, MOST_NAMED),
      auditLines: trail.lines,
      slowest: longest(slowest),
      changes: gone === undefined ? await changesIn(bench) : [],
      disturbed,
      memory: {
        limit: deployment.memoryLimit,
        enforced: deployment.enforced,
        peak: memory.peak,
        early: memory.of(0.25, 0.5),
        late: memory.of(0.75, 1),
      },
      quiet: { teams: reports.quiet.latencies, probes: reports.quiet.probes },
      attacked: { teams: reports.attacked.latencies, probes: reports.attacked.probes },
    };
  } finally {
    memory.stop();
    trail.close();
    await teams.stop().catch(() => {});
  }
}

/** Ids, names and places of the other team that cases are made with. */
function sendable({ foreign, filters, paths, uris }: Targets): readonly string[] {
  return [...foreign.values(), ...filters, ...paths, ...uris];
}

function longest(of: RunResult['slowest']): RunResult['slowest'][number][] {
  return [...of].sort((a, b) => b.ms - a.ms).slice(0, MOST_NAMED);
}

/** An MLflow that cannot be read past the gateway has been brought down by what the gateway let through. */
async function changesIn(bench: Bench): Promise<readonly string[]> {
  try {
    return changesBetween(bench.baseline, await bench.read(bench.watched(OPERATIONS)));
  } catch (error) {
    return [`MLflow cannot be read: ${(error as Error).message}`];
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer V)[] ? V[] : T[K] };

/**
 * Attackers are elsewhere: the work of making their requests must not slow down the machine of those attacked. Processes
 * that are started inherit it, so it is set once all are.
 */
function beNice(priority: number): void {
  try {
    setPriority(priority);
  } catch {
    // Only root may go back, and then all are alike.
  }
}

function emptyReport(): Mutable<TeamReport> {
  return { latencies: [], probes: [], ids: [], failures: [] };
}

function note(list: string[], what: string): void {
  if (list.length < MOST_NAMED) list.push(what);
  else if (list.length === MOST_NAMED) list.push('... and more');
}

function sizeOf({ pieces }: HostileCase): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** The gateway's own probes have no audit line. */
function isProbe(text: string): boolean {
  return text.endsWith('{"status":"ok"}') || text.includes('{"status":"unready"');
}

const mib = (bytes: number): number => Math.round(bytes / 1024 / 1024);
