import type { ConnectionUse } from './pools.ts';

/** Medians of the same request on both kinds of connection, in milliseconds. */
export interface StallMeasurement {
  readonly keptMs: number;
  readonly freshMs: number;
}

/** Requests on each kind; the medians of so few are coarse, but the stall is large. */
const SAMPLES = 7;
/** Far above the cost of a new connection on a local network, and below the 40 ms of a delayed acknowledgement. */
const STALL_MS = 20;

/**
 * Measures whether kept connections answer late. MLflow with several workers writes a response's head and body
 * separately on sockets without TCP_NODELAY; Nagle's algorithm then holds the body back until the head is
 * acknowledged, which the other side's delayed acknowledgement (RFC 9293 section 3.8.6.3) puts off by some 40 ms -
 * but only on connections that have carried a request before, since new ones acknowledge immediately.
 *
 * Sends one request at a time, on the two kinds in turn, so that other load affects both.
 *
 * @param ask sends a cheap request on a connection of the given kind and waits for the whole response; `kept` must
 *   use the same connection every time
 * @throws the error of `ask`
 * @example
 * const use = chooseUse(await measureStall((kind) => health(pools[kind])));
 */
export async function measureStall(
  ask: (kind: 'kept' | 'fresh') => Promise<unknown>,
): Promise<StallMeasurement> {
  const times = { kept: [] as number[], fresh: [] as number[] };
  // The first request opens the kept connection.
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
