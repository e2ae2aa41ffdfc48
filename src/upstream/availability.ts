import type { SocketFinding, SocketGuard } from './socket-guard.ts';

/** The part of a pino logger that is used. */
export interface UpstreamLogger {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export type Reachable = { readonly ok: true } | { readonly ok: false; readonly why: string };

export interface AvailabilityOptions {
  readonly name: string;
  /** Calls MLflow's health check; rejects with a sentence about the cause. */
  readonly health: () => Promise<void>;
  /** For a Unix socket. */
  readonly guard?: SocketGuard;
  /** Check the socket also while MLflow can be reached, so that a stale one is removed before the next MLflow starts. */
  readonly guardAlways: boolean;
  readonly logger: UpstreamLogger;
  /** MLflow answers for the first time, or again. */
  readonly onUp: () => void;
  /** The time between checks while MLflow cannot be reached. */
  readonly retryMs?: number;
  /** The time between checks of the socket while it can. */
  readonly guardMs?: number;
}

/**
 * Knows whether MLflow can be reached, logs each change once, and repeats the check while it cannot.
 * Nothing is started before the first request or check.
 */
export class Availability {
  readonly #options: AvailabilityOptions;
  #state: 'unknown' | 'up' | 'down' = 'unknown';
  #why = '';
  #underWay: Promise<Reachable> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: AvailabilityOptions) {
    this.#options = options;
  }

  /** MLflow has answered. Called for every response, so it costs nothing while MLflow can be reached. */
  noteResponse(): void {
    if (this.#state !== 'up') this.#up();
  }

  /** A request failed because of MLflow: find the cause. */
  noteFailure(): void {
    if (!this.#closed) void this.check();
  }

  /** Checks now; simultaneous calls share one check. Never rejects. */
  check(): Promise<Reachable> {
    this.#underWay ??= this.#look()
      // Most checks are not awaited.
      .catch((error: Error): Reachable => ({ ok: false, why: error.message }))
      .finally(() => {
        this.#underWay = undefined;
      });
    return this.#underWay;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<Reachable> {
    const { health, guard } = this.#options;
    try {
      await health();
      if (guard && !(await guard.isKnown())) await guard.inspect();
      this.#up();
      return { ok: true };
    } catch (error) {
      const found = await guard?.inspect();
      const why = found && found.state !== 'listening' ? this.#explain(found) : (error as Error).message;
      this.#down(why);
      return { ok: false, why };
    }
  }

  async #lookAtSocket(guard: SocketGuard): Promise<void> {
    try {
      const found = await guard.inspect();
      if (found.state !== 'listening' && !this.#closed) this.#down(this.#explain(found));
    } catch (error) {
      this.#down((error as Error).message);
    }
  }

  #up(): void {
    if (this.#state === 'up' || this.#closed) return;
    const { logger, name, onUp, guard, guardAlways, guardMs = 2_000 } = this.#options;
    logger.info(
      { upstream: name },
      this.#state === 'down' ? 'MLflow can be reached again' : 'MLflow can be reached',
    );
    this.#state = 'up';
    this.#why = '';
    clearInterval(this.#timer);
    if (guard && guardAlways) this.#every(guardMs, () => void this.#lookAtSocket(guard));
    onUp();
  }

  #down(why: string): void {
    if (this.#closed) return;
    const { logger, name, retryMs = 1_000 } = this.#options;
    if (why !== this.#why) logger.warn({ upstream: name, why }, 'MLflow cannot be reached');
    this.#why = why;
    if (this.#state === 'down') return;
    this.#state = 'down';
    clearInterval(this.#timer);
    this.#every(retryMs, () => void this.check());
  }

  #every(ms: number, act: () => void): void {
    this.#timer = setInterval(act, ms);
    this.#timer.unref();
  }

  #explain(found: SocketFinding): string {
    const { name, logger } = this.#options;
    if (found.removed)
      logger.warn({ upstream: name }, 'removed the stale socket of an MLflow that was killed');
    return explainSocket(name, found);
  }
}

function explainSocket(name: string, { state, code, removed }: SocketFinding): string {
  switch (state) {
    case 'listening':
      return `${name} accepts connections.`;
    case 'missing':
      return `${name} does not exist: MLflow has not started yet.`;
    case 'starting':
      return `${name} exists, but nothing listens on it yet: MLflow is starting, or was killed.`;
    case 'not-a-socket':
      return `${name} is not a socket.`;
    case 'unusable':
      return `${name} cannot be used (${code}).`;
    case 'stale':
      if (removed) return `Nothing listened on ${name}, left by an MLflow that was killed; it was removed.`;
      if (code)
        return `Nothing listens on ${name}, left by an MLflow that was killed; it could not be removed (${code}).`;
      return (
        `Nothing listens on ${name}, left by an MLflow that was killed. With several workers MLflow's next start fails ` +
        'on it once; GW_UPSTREAM_SOCKET_CLEANUP=true lets the gateway remove it.'
      );
  }
}
