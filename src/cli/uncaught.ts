import type { Unexpected } from '../telemetry/unexpected.ts';

/** Error codes of a lost connection: they concern that connection only. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT']);
/** System calls that Node makes on a connection by itself. */
const OF_CONNECTIONS: ReadonlySet<string> = new Set(['read', 'write', 'shutdown']);

/** Written to standard error by a process that ends after an exception. */
export const UNEXPECTED_END =
  'Ended because of an unexpected exception, after draining: the line "unexpected error" of the log has its stack.';

/** The time after the drain to close the connection to MLflow and write the last audit lines, in milliseconds. */
const CLOSING_MS = 15_000;

/**
 * Ends the process some time after the drain, in case its state keeps it from ending.
 *
 * @param drainMs how long the drain may take
 */
export function exitAfterDrain(drainMs: number): void {
  setTimeout(() => process.exit(1), drainMs + CLOSING_MS).unref();
}

/**
 * Handles uncaught errors in place of Node, which would end the process and all requests with it
 * (docs/adr/0026-unexpected-errors.md).
 *
 * A rejected promise without a handler, and a connection that broke without an error listener, concern one request:
 * the process continues. After any other exception the state may be inconsistent, and Node advises not to continue: the promise
 * resolves, and the caller ends the server after draining.
 *
 * @param note logs and counts; must not throw
 * @returns resolves with the first exception after which the process must end
 * @example
 * const torn = handleUncaught(unexpectedErrors(log));
 * await Promise.race([askedToEnd(), torn]);
 */
export function handleUncaught(note: (kind: Unexpected, error: unknown) => void): Promise<'exception'> {
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
