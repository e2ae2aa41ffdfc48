import type { Exchange } from './exchange.ts';

/**
 * The exchanges in flight.
 *
 * Not a `Map`: V8 links each outgrown table of a Map to the next, so that one table promoted to the old generation
 * keeps the entries of all later tables alive until the next full collection; at ten thousand requests a second that
 * cost a tenth of the processor time.
 */
export class InFlight {
  readonly #all: Exchange[] = [];

  add(exchange: Exchange): void {
    exchange.position = this.#all.push(exchange) - 1;
  }

  remove(exchange: Exchange): void {
    const last = this.#all.pop();
    if (last === undefined || last === exchange) return;
    this.#all[exchange.position] = last;
    last.position = exchange.position;
  }

  /** Calls `check` of each. An exchange may end during the loop, but is removed only after its promise has settled. */
  check(now: number): void {
    for (const exchange of this.#all) exchange.check(now);
  }
}
