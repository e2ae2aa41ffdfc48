import { LIMITS } from '../limits.ts';

/** A tenant with look-ups under way or waiting. */
interface Line {
  readonly tenant: string;
  underWay: number;
  /** In the order in which they came; each begins its look-up. */
  readonly waiting: Set<() => void>;
}

/**
 * Bounds how many look-ups the gateway has under way at MLflow, over all requests and for one tenant. Where they have to
 * wait, tenants take turns: however many one of them waits for, another's next look-up waits for one turn of each tenant.
 *
 * Around the question itself only, never around one that waits for another: a turn that waits for a turn could wait for
 * ever.
 *
 * @example
 * const turns = new Turns();
 * const answer = await turns.run('team-a', () => upstream.ask(outgoing));
 */
export class Turns {
  readonly #lines = new Map<string, Line>();
  /** Tenants of whom one may begin as soon as there is room, next first. */
  readonly #next = new Set<Line>();
  #underWay = 0;

  /**
   * Runs `ask` as soon as it is the tenant's turn.
   *
   * @throws what `ask` throws
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
    const line: Line = { tenant, underWay: 0, waiting: new Set() };
    this.#lines.set(tenant, line);
    return line;
  }

  #mayBegin({ underWay, waiting }: Line): boolean {
    return (
      waiting.size === 0 &&
      underWay < LIMITS.lookupsAtOncePerTenant.value &&
      this.#underWay < LIMITS.lookupsAtOnce.value
    );
  }

  #begin(line: Line): void {
    line.underWay++;
    this.#underWay++;
  }

  #wait(line: Line): Promise<void> {
    return new Promise((resolve) => {
      line.waiting.add(resolve);
      this.#line(line);
    });
  }

  /** Puts a tenant at the end of those whose turn comes, if one of its look-ups waits and may begin. */
  #line(line: Line): void {
    if (line.waiting.size > 0 && line.underWay < LIMITS.lookupsAtOncePerTenant.value) this.#next.add(line);
  }

  #end(line: Line): void {
    line.underWay--;
    this.#underWay--;
    if (line.underWay === 0 && line.waiting.size === 0) this.#lines.delete(line.tenant);
    this.#line(line);
    for (const next of this.#next) {
      if (this.#underWay >= LIMITS.lookupsAtOnce.value) return;
      this.#next.delete(next);
      const [begin] = next.waiting;
      next.waiting.delete(begin!);
      this.#begin(next);
      this.#line(next);
      begin!();
    }
  }
}
