import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startGateway } from '../../dev/gateway-process.ts';
import { fetcher } from '../../dev/http.ts';
import { type MlflowServer, startMlflow } from '../../dev/mlflow-server.ts';
import { mapConcurrently } from '../../src/concurrency/map-concurrently.ts';
import { type RoundResult, race, SUBJECTS, type Subject } from './round.ts';

export interface RacesOptions {
  readonly dir: string;
  readonly rounds: number;
  readonly seed: number;
  /** The number of gateways in front of the MLflow. */
  readonly gateways: number;
  /** The number of gateways in their configuration (`GW_REPLICAS`). */
  readonly declared: number;
  readonly subjects?: readonly Subject[];
  readonly version?: string;
  /** After each round; for a terminal. */
  readonly progress?: (done: number) => void;
}

export interface RacesResult {
  readonly rounds: number;
  readonly bySubject: Readonly<Record<string, Totals>>;
}

export interface Totals {
  rounds: number;
  requests: number;
  done: number;
  handedOver: number;
  leaks: string[];
  wrongWrites: string[];
  wrongOwners: string[];
  defects: string[];
}

const AT_ONCE = 8;
const TEAMS = ['team-a', 'team-b'] as const;

/**
 * Rounds of `race`, through real gateways before one real MLflow without workspaces.
 *
 * @example
 * const { bySubject } = await runRaces({ dir, rounds: 20, seed: 1, gateways: 2, declared: 2 });
 */
export async function runRaces(options: RacesOptions): Promise<RacesResult> {
  const { dir, rounds, seed, gateways, declared, subjects = SUBJECTS } = options;
  mkdirSync(dir, { recursive: true });
  const stops: (() => Promise<void>)[] = [];
  try {
    const mlflow: MlflowServer = await startMlflow({
      dir: join(dir, 'mlflow'),
      ...(options.version === undefined ? {} : { version: options.version }),
    });
    stops.push(() => mlflow.stop());
    const started = await Promise.all(
      Array.from({ length: gateways }, async (_, i) => {
        const own = join(dir, `gateway-${i}`);
        mkdirSync(own, { recursive: true });
        const gateway = await startGateway({
          dir: own,
          env: {
            GW_TARGET_BASE_URL: mlflow.address,
            GW_AUTH_MODE: 'off',
            GW_TENANCY: 'tags',
            GW_REPLICAS: String(declared),
          },
        });
        stops.push(() => gateway.stop());
        return gateway;
      }),
    );
    const [a, b] = TEAMS.map((tenant) => ({
      tenant,
      via: started.map(({ address }) =>
        fetcher(address, { 'x-tenant': tenant, 'x-subject': `${tenant}-admin` }),
      ),
    }));
    const bySubject: Record<string, Totals> = {};
    for (const subject of subjects) bySubject[subject] = nothing();
    let finished = 0;
    await mapConcurrently([...Array(rounds).keys()], AT_ONCE, async (i) => {
      const subject = subjects[i % subjects.length]!;
      const result = await race({
        subject,
        name: subject === 'mcp-server' ? `com.example/race-${i}` : `race-${i}`,
        teams: [a!, b!],
        direct: mlflow.fetch,
        random: generator(seed * 1_000_003 + i),
      });
      add(bySubject[subject]!, result);
      options.progress?.(++finished);
    });
    for (const gateway of started) {
      const gone = gateway.gone();
      if (gone !== undefined) throw new Error(`a gateway ended: ${gone}`);
    }
    return { rounds, bySubject };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

function nothing(): Totals {
  return {
    rounds: 0,
    requests: 0,
    done: 0,
    handedOver: 0,
    leaks: [],
    wrongWrites: [],
    wrongOwners: [],
    defects: [],
  };
}

function add(totals: Totals, result: RoundResult): void {
  totals.rounds++;
  totals.requests += result.requests;
  totals.done += result.done;
  totals.handedOver += result.handedOver;
  for (const what of ['leaks', 'wrongWrites', 'wrongOwners', 'defects'] as const)
    totals[what].push(...result[what]);
}

/** mulberry32: the same choices for the same seed. Timing still differs between machines. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
