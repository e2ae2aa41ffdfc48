import type { Unexpected } from '../telemetry/unexpected.ts';

/** Errors of a connection that is gone: only that connection is concerned. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT']);
/** What Node does on a connection by itself, with the error that it reports then. */
const OF_CONNECTIONS: ReadonlySet<string> = new Set(['read', 'write', 'shutdown']);

/** Said on standard error by a process that ends after an exception. */
export const UNEXPECTED_END =
  'Ended because of an unexpected exception, after draining: the line "unexpected error" of the log has its stack.';

/** For what comes after the drain: closing the connection to MLflow, writing the last audit lines. */
const CLOSING_MS = 15_000;

/**
 * Ends the process some time after the drain is over, should the state that it was left in keep it from ending.
 *
 * @param drainMs how long the drain may take
 */
export function endForCertain(drainMs: number): void {
  setTimeout(() => process.exit(1), drainMs + CLOSING_MS).unref();
}

/**
 * Takes what no code has caught, instead of Node, which would end the process and everybody's requests with it
 * (docs/adr/0026-unexpected-errors.md).
 *
 * A rejected promise that nobody waits for, and a connection that broke while nobody listened to it, concern one request:
 * the process goes on. Any other exception may have left anything half done, so Node's advice holds, not to go on: the
 * promise resolves, and whoever started this ends the server after draining.
 *
 * @param note logs and counts; must not throw
 * @returns resolves with the first exception after which the process must end
 * @example
 * const torn = takeUncaught(unexpectedErrors(log));
 * await Promise.race([askedToEnd(), torn]);
 */
export function takeUncaught(note: (kind: Unexpected, error: unknown) => void): Promise<'exception'> {
  return new Promise((resolve) => {
    process.on('unhandledRejection', (reason) => note('rejection', reason));
    process.on('uncaughtException', (error) => {
      if (isOfConnection(error)) {
        note('socket', error);
        return;
      }
      note('exception', error);
      resolve('exception');
    });
  });
}

function isOfConnection({ code = '', syscall = '' }: NodeJS.ErrnoException): boolean {
  return GONE.has(code) && OF_CONNECTIONS.has(syscall);
}
