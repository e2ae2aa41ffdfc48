import { setTimeout as sleep } from 'node:timers/promises';

/** Late requests are not sent as a burst, which would change the rate. */
const MOST_BEHIND_MS = 50;

/** Spaces requests evenly at a rate. */
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
