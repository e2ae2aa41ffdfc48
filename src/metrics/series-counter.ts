import { Counter, type Registry } from 'prom-client';

/** A series of a counter: the values of its labels, in the order of their names. */
export type LabelValues = readonly string[];

export interface SeriesCounterOptions {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly register: Registry;
  /** All possible series. */
  readonly series: readonly LabelValues[];
  /** Whether series that were never counted are shown as 0, so that `rate` and `increase` see the first event too. */
  readonly showZero: boolean;
}

/**
 * A counter with a fixed set of series. Counting is one addition in an array: prom-client's own `inc`
 * checks the labels and writes them as text each time, a cost on every request. The counter of the
 * registry is filled on each scrape.
 *
 * @example
 * const cells = new SeriesCounter({ name: 'x_total', help: 'X.', labels: ['kind'], register, series: [['a'], ['b']], showZero: true });
 * cells.add(1); // one more of b
 */
export class SeriesCounter {
  readonly #counts: Float64Array;

  constructor({ name, help, labels, register, series, showZero }: SeriesCounterOptions) {
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
        for (const [i, count] of counts.entries()) {
          const values = objects[i];
          if (values !== undefined && (showZero || count !== 0)) this.inc(values, count);
        }
      },
    });
  }

  /** Adds one to the series at this index of the list. */
  add(place: number): void {
    this.#counts[place]! += 1;
  }
}
