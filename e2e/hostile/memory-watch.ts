import { readFileSync } from 'node:fs';

const EVERY_MS = 500;

/** Looks at a process's memory while it runs. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #samples: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
    this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Most that it had in memory at once, in bytes. */
  get peak(): number {
    return this.#samples.reduce((most, sample) => Math.max(most, sample), 0);
  }

  /** Median of a part of the time, in bytes: `of(0.25, 0.5)` for the second quarter. */
  of(from: number, to: number): number {
    const { length } = this.#samples;
    const part = this.#samples.slice(Math.floor(length * from), Math.max(1, Math.ceil(length * to)));
    return part.sort((a, b) => a - b)[part.length >> 1] ?? 0;
  }

  #look(): void {
    try {
      const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#pid}/status`, 'utf8'))?.[1];
      if (kilobytes !== undefined) this.#samples.push(Number(kilobytes) * 1024);
    } catch {
      // It is gone, which whoever runs it notices.
    }
  }
}
