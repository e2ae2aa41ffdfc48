import { setTimeout as sleep } from 'node:timers/promises';

/** What is late is not made up for by a burst, which would be another rate. */
const MOST_BEHIND_MS = 50;

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
    this.#next = Math.max(this.#next + this.#everyMs, now - MOST_BEHIND_MS);
    if (this.#next > now) await sleep(this.#next - now);
  }
}
