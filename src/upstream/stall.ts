import type { ConnectionUse } from './agents.ts';

/** Medians of the same question asked both ways, in milliseconds. */
export interface StallMeasurement {
  readonly keptMs: number;
  readonly freshMs: number;
}

/** Requests of each way; the medians of so few are coarse, but so is the stall. */
const SAMPLES = 7;
/** Far above what a new connection on one's own network costs, and below the 40 ms of a delayed acknowledgement. */
const STALL_MS = 20;

/**
 * Measures whether kept connections answer late. MLflow with several workers writes an answer's head and body
 * separately on sockets without TCP_NODELAY; Nagle's algorithm then holds the body back until the head is
 * acknowledged, which the other side's delayed acknowledgement (RFC 9293 section 3.8.6.3) puts off by some 40 ms -
 * but only on connections that have carried a request before, as new ones acknowledge at once.
 *
 * Asks one question at a time, the two ways in turn so that whatever else goes on weighs on both.
 *
 * @param ask sends a cheap request on a connection of the given kind and waits for the whole answer; `kept` must
 *   use the same connection every time
 * @throws what `ask` throws
 * @example
 * const use = chooseUse(await measureStall((kind) => health(agents[kind])));
 */
export async function measureStall(
  ask: (kind: 'kept' | 'fresh') => Promise<unknown>,
): Promise<StallMeasurement> {
  const times = { kept: [] as number[], fresh: [] as number[] };
  // The first request opens the connection to be kept.
  await ask('kept');
  for (let i = 0; i < SAMPLES; i++) {
    for (const kind of ['kept', 'fresh'] as const) {
      const started = performance.now();
      await ask(kind);
      times[kind].push(performance.now() - started);
    }
  }
  return { keptMs: median(times.kept), freshMs: median(times.fresh) };
}

/** Fresh connections where kept ones answer at least 20 ms later, kept ones otherwise. */
export function chooseUse({ keptMs, freshMs }: StallMeasurement): ConnectionUse {
  return keptMs - freshMs >= STALL_MS ? 'fresh' : 'keepalive';
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
