import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../telemetry/log.ts';

/** The signal that ends a server. */
export type EndSignal = 'SIGTERM' | 'SIGINT';

/**
 * Resolves with the first SIGTERM or SIGINT. Later SIGTERMs are ignored: the kubelet sends its own after a `preStop`
 * hook has already sent one (see `mlflow-gateway drain`), and it must not cut the drain short. A second SIGINT does.
 */
export function askedToEnd(): Promise<EndSignal> {
  return new Promise((resolve) => {
    process.on('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
}

/** The time for the last responses to reach the network, in milliseconds. */
const FLUSH_MS = 100;

/** How a server ends. */
export interface Ending {
  /** `exception`: the state of the process is unreliable, so no new connection is served. */
  readonly signal: EndSignal | 'exception';
  /** `GW_DRAIN_SECONDS`, for the whole drain. */
  readonly drainMs: number;
  /** `GW_DRAIN_DELAY_SECONDS`; after SIGTERM only. */
  readonly delayMs: number;
  /** Called immediately: the server is unready from now on and keeps no connections. */
  readonly drain: () => void;
  /** Accepts no new connections, and closes those without a request. */
  readonly closeWhenDone: () => void;
  /** Answers the requests that are still in flight when the time is over. */
  readonly giveUp?: () => void;
  readonly log: Logger;
}

/**
 * Stops a server without losing a response. Kubernetes sends SIGTERM and begins to remove the pod from its Services at the same
 * moment; until every node has applied that, new connections still arrive. So the server first continues to serve as unready, then
 * closes its port, then waits for the requests in flight.
 *
 * Resolves when the last connection is closed, at the latest after `drainMs`.
 */
export async function endGracefully(server: Server, ending: Ending): Promise<void> {
  const { signal, drainMs, drain, closeWhenDone, giveUp, log } = ending;
  const delayMs = signal === 'SIGTERM' ? ending.delayMs : 0;
  log.info({ signal, seconds: drainMs / 1000, delay_seconds: delayMs / 1000 }, 'draining');
  drain();
  await sleep(delayMs);
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  closeWhenDone();
  let last: NodeJS.Timeout | undefined;
  const late = setTimeout(() => {
    giveUp?.();
    // The last responses were just written.
    last = setTimeout(() => server.closeAllConnections(), giveUp === undefined ? 0 : FLUSH_MS);
  }, drainMs - delayMs);
  await closed;
  clearTimeout(late);
  clearTimeout(last);
}
