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

/** How a server ends. */
export interface Ending {
  readonly signal: EndSignal;
  /** `GW_DRAIN_SECONDS`, everything included. */
  readonly drainMs: number;
  /** `GW_DRAIN_DELAY_SECONDS`; not after SIGINT, where somebody waits at a terminal. */
  readonly delayMs: number;
  /** Called at once: unready from now on, and connections are not kept. */
  readonly drain: () => void;
  /** Takes no new connections; those without a request are closed. */
  readonly closeWhenDone: () => void;
  readonly log: Logger;
}

/**
 * Ends a server so that nobody loses an answer. Kubernetes sends SIGTERM and begins to take the pod out of its
 * Services at the same moment; until every node has heard of it, connections still come. So the server first goes on
 * serving as unready, then closes its port, then waits for what is under way.
 *
 * Resolves when the last connection is closed, at the latest after `drainMs`.
 */
export async function endGracefully(server: Server, ending: Ending): Promise<void> {
  const { signal, drainMs, drain, closeWhenDone, log } = ending;
  const delayMs = signal === 'SIGINT' ? 0 : ending.delayMs;
  log.info({ signal, seconds: drainMs / 1000, delay_seconds: delayMs / 1000 }, 'draining');
  drain();
  await sleep(delayMs);
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  closeWhenDone();
  const giveUp = setTimeout(() => server.closeAllConnections(), drainMs - delayMs);
  await closed;
  clearTimeout(giveUp);
}
