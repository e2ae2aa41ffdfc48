import type { ServerResponse } from 'node:http';
import type { Exchange } from './exchange.ts';

const EXCHANGE = Symbol('exchange');

interface Carrier extends ServerResponse {
  [EXCHANGE]?: Exchange | undefined;
}

/**
 * The exchanges in flight, by their response.
 *
 * Not a `Map`: V8 links each outgrown table of a Map to the next, so that one table promoted to the old generation
 * keeps the entries of all later tables alive until the next full collection; at ten thousand requests a second that
 * cost a tenth of the processor time.
 */
export class InFlight {
  readonly #all: Exchange[] = [];

  add(res: ServerResponse, exchange: Exchange): void {
    (res as Carrier)[EXCHANGE] = exchange;
    exchange.position = this.#all.push(exchange) - 1;
  }

  get(res: ServerResponse): Exchange | undefined {
    return (res as Carrier)[EXCHANGE];
  }

  remove(res: ServerResponse, exchange: Exchange): void {
    (res as Carrier)[EXCHANGE] = undefined;
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
