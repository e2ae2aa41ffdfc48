import { Counter, type Registry } from 'prom-client';

/** A series of a counter: the values of its labels, in the order of their names. */
export type LabelValues = readonly string[];

export interface CellsOptions {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly register: Registry;
  /** Every series there can ever be. */
  readonly series: readonly LabelValues[];
  /** Whether series that have never counted are shown, as 0: `rate` and `increase` then see the first time as well. */
  readonly showZero: boolean;
}

/**
 * A counter whose series are all known at the start. Counting is one addition in an array: prom-client's own `inc`
 * checks the labels and writes them out as text each time, which every request would pay for. The counter of the
 * registry is filled when somebody asks.
 *
 * @example
 * const cells = new Cells({ name: 'x_total', help: 'X.', labels: ['kind'], register, series: [['a'], ['b']], showZero: true });
 * cells.add(1); // one more of b
 */
export class Cells {
  readonly #counts: Float64Array;

  constructor({ name, help, labels, register, series, showZero }: CellsOptions) {
    const counts = new Float64Array(series.length);
    this.#counts = counts;
    const objects = series.map((values) =>
      Object.fromEntries(labels.map((label, i) => [label, values[i] ?? ''])),
    );
    new Counter({
      name,
      help,
      labelNames: [...labels],
      registers: [register],
      collect() {
        this.reset();
        for (let i = 0; i < objects.length; i++) {
          if (showZero || counts[i] !== 0) this.inc(objects[i]!, counts[i]!);
        }
      },
    });
  }

  /** Counts one more of the series at this place of the list. */
  add(place: number): void {
    this.#counts[place]! += 1;
  }
}
