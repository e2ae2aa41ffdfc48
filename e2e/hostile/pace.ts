import { setTimeout as sleep } from 'node:timers/promises';

/** Lets so many through a second, evenly. */
export class Pace {
  readonly #everyMs: number;
  #next = performance.now();

  /** @param rate a second */
  constructor(rate: number) {
    this.#everyMs = 1000 / rate;
  }

  async wait(): Promise<void> {
    const now = performance.now();
    this.#next = Math.max(this.#next + this.#everyMs, now - 1000);
    if (this.#next > now) await sleep(this.#next - now);
  }
}
