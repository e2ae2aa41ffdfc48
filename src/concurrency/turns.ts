import { LIMITS } from '../limits.ts';

/** The most pieces of work in flight. */
export interface TurnBounds {
  readonly total: number;
  readonly perTenant: number;
  /** The longest wait for a turn, and the error after it. If absent, work waits without a limit. */
  readonly patience?: { readonly ms: number; readonly error: () => Error };
}

/** A tenant with work in flight or waiting. */
interface Line {
  readonly tenant: string;
  inFlight: number;
  /** Callbacks that start the waiting work, oldest first. */
  readonly waiting: Set<() => void>;
}

/**
 * Limits the work in flight at MLflow, for all tenants and for one. At the limit, tenants take turns: a tenant waits for
 * at most one turn of each other tenant, however long their queues are.
 *
 * Lookups and requests of callers have separate turns: a request that holds a turn while its lookup waits for one could
 * deadlock.
 *
 * @example
 * const turns = new Turns({ total: 32, perTenant: 16 });
 * const answer = await turns.run('team-a', () => upstream.ask(outgoing));
 */
export class Turns {
  readonly #lines = new Map<string, Line>();
  /** Tenants with waiting work that may begin when there is room, next first. */
  readonly #next = new Set<Line>();
  readonly #bounds: TurnBounds;
  #inFlight = 0;

  constructor(bounds: TurnBounds) {
    this.#bounds = bounds;
  }

  /**
   * Runs `ask` as soon as it is the tenant's turn.
   *
   * @throws the error of `ask`; the error of `patience` when the turn does not come in time
   */
  async run<T>(tenant: string, ask: () => Promise<T>): Promise<T> {
    const line = this.#lineOf(tenant);
    if (this.#mayBegin(line)) this.#begin(line);
    else await this.#wait(line);
    try {
      return await ask();
    } finally {
      this.#end(line);
    }
  }

  #lineOf(tenant: string): Line {
    const known = this.#lines.get(tenant);
    if (known !== undefined) return known;
    const line: Line = { tenant, inFlight: 0, waiting: new Set() };
    this.#lines.set(tenant, line);
    return line;
  }

  #mayBegin({ inFlight, waiting }: Line): boolean {
    return waiting.size === 0 && inFlight < this.#bounds.perTenant && this.#inFlight < this.#bounds.total;
  }

  #begin(line: Line): void {
    line.inFlight++;
    this.#inFlight++;
  }

  #wait(line: Line): Promise<void> {
    const { patience } = this.#bounds;
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer =
        patience &&
        setTimeout(() => {
          line.waiting.delete(begin);
          if (line.waiting.size === 0) this.#next.delete(line);
          if (line.inFlight === 0 && line.waiting.size === 0) this.#lines.delete(line.tenant);
          reject(patience.error());
        }, patience.ms);
      line.waiting.add(begin);
      this.#line(line);
    });
  }

  /** Puts a tenant at the end of the queue, if it has waiting work that may begin. */
  #line(line: Line): void {
    if (line.waiting.size > 0 && line.inFlight < this.#bounds.perTenant) this.#next.add(line);
  }

  #end(line: Line): void {
    line.inFlight--;
    this.#inFlight--;
    if (line.inFlight === 0 && line.waiting.size === 0) this.#lines.delete(line.tenant);
    this.#line(line);
    for (const next of this.#next) {
      if (this.#inFlight >= this.#bounds.total) return;
      this.#next.delete(next);
      const [begin] = next.waiting;
      if (begin === undefined) continue;
      next.waiting.delete(begin);
      this.#begin(next);
      this.#line(next);
      begin();
    }
  }
}

/** Turns for the gateway's lookups. */
export function lookupTurns(): Turns {
  const { lookupsAtOnce, lookupsAtOncePerTenant } = LIMITS;
  return new Turns({ total: lookupsAtOnce.value, perTenant: lookupsAtOncePerTenant.value });
}
