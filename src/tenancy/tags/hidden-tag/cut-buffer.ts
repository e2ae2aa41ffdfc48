/** Bytes that are left out, or replaced. */
interface Cut {
  readonly from: number;
  readonly to: number;
  readonly by: Buffer | undefined;
}

const EMPTY: Buffer = Buffer.alloc(0);

/**
 * The bytes of a response that are not passed on yet, and the cuts in them. Positions count from the first byte that is held,
 * so that `take` moves them.
 *
 * @example
 * const buffer = new CutBuffer();
 * buffer.append(Buffer.from('abcdef'));
 * buffer.cut(1, 3);
 * buffer.take(4); // the bytes 'a' and 'd'; 'ef' is held
 */
export class CutBuffer {
  bytes: Buffer = EMPTY;
  readonly #cuts: Cut[] = [];

  /** @returns the position of the chunk's first byte */
  append(chunk: Buffer): number {
    const start = this.bytes.length;
    this.bytes = start === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    return start;
  }

  /** Leaves out bytes, or replaces them. Cuts are made from left to right. */
  cut(from: number, to: number, by?: Buffer): void {
    this.#cuts.push({ from, to, by });
  }

  /** Takes back every cut that begins at a position or behind it. */
  uncut(from: number): void {
    while (this.#cuts.length > 0 && this.#cuts.at(-1)!.from >= from) this.#cuts.pop();
  }

  /** Removes the bytes before a position; returns what is left of them after the cuts. */
  take(until: number): Buffer[] {
    const { bytes } = this;
    const out: Buffer[] = [];
    let from = 0;
    while (this.#cuts.length > 0 && this.#cuts[0]!.from < until) {
      const cut = this.#cuts.shift()!;
      if (cut.from > from) out.push(bytes.subarray(from, cut.from));
      if (cut.by !== undefined) out.push(cut.by);
      from = cut.to;
    }
    if (until > from) out.push(bytes.subarray(from, until));
    this.bytes = until === bytes.length ? EMPTY : bytes.subarray(until);
    this.#cuts.forEach((cut, at) => {
      this.#cuts[at] = { ...cut, from: cut.from - until, to: cut.to - until };
    });
    return out;
  }
}
