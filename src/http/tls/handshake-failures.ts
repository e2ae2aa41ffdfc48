import { LIMITS } from '../../limits.ts';

/** The part of the operational log that is used. */
export interface HandshakeLog {
  warn(facts: object, message: string): void;
}

const EVERY_MS = LIMITS.handshakeLogInterval.value * 1_000;

/** The peer left before the end: port scans, and health checks that only connect. */
const LEFT = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Logs failed TLS handshakes: the first at once, then at most one line in ten seconds, with the number since the last. Strangers cause
 * them, so they must not fill the log; they are no requests and have no audit lines.
 *
 * @example
 * new HandshakeFailures(log).note(error, socket.remoteAddress);
 */
export class HandshakeFailures {
  readonly #log: HandshakeLog;
  readonly #now: () => number;
  #failures = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds that only grow; for tests */
  constructor(log: HandshakeLog, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  note(error: NodeJS.ErrnoException, peer: string | undefined): void {
    const { code = 'unknown' } = error;
    if (LEFT.has(code)) return;
    this.#failures++;
    const now = this.#now();
    if (now - this.#last < EVERY_MS) return;
    this.#log.warn({ failures: this.#failures, code, peer }, 'TLS handshakes failed');
    this.#last = now;
    this.#failures = 0;
  }
}
