import type { Histogram, MetricValueWithName, Registry } from 'prom-client';
import type { LabelValues } from './series-counter.ts';

export interface DurationsOptions {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds in seconds, ascending; the last bucket, without one, is added. */
  readonly buckets: readonly number[];
  readonly register: Registry;
  /** All possible series. A series without a count is not shown. */
  readonly series: readonly LabelValues[];
}

/**
 * A histogram with a fixed set of series, like `SeriesCounter`: observing a duration is two additions in
 * arrays. prom-client's own histogram writes the labels and the bound of the bucket as text each time.
 *
 * @example
 * const durations = new Durations({ name: 'x_seconds', help: 'X.', labels: ['kind'], buckets: [0.1, 1], register, series: [['a']] });
 * durations.note(0, 0.25);
 */
export class Durations {
  readonly #options: DurationsOptions;
  /** For each series its buckets, and one without a bound. */
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;

  constructor(options: DurationsOptions) {
    const { name, register, buckets, series } = options;
    this.#options = options;
    this.#counts = new Float64Array(series.length * (buckets.length + 1));
    this.#sums = new Float64Array(series.length);
    // A registry uses only a metric's name and `get`.
    register.registerMetric({ name, get: async () => this.#read() } as unknown as Histogram);
  }

  /** Adds a duration to the series at this index of the list. */
  note(place: number, seconds: number): void {
    const { buckets } = this.#options;
    let bucket = 0;
    while (bucket < buckets.length && seconds > buckets[bucket]!) bucket++;
    this.#counts[place * (buckets.length + 1) + bucket]! += 1;
    this.#sums[place]! += seconds;
  }

  #read() {
    const { name, help, labels, series } = this.#options;
    const values = series.flatMap((own, place) =>
      this.#readSeries(place, Object.fromEntries(labels.map((label, i) => [label, own[i] ?? '']))),
    );
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }

  #readSeries(place: number, labels: Record<string, string>): MetricValueWithName<string>[] {
    const { name, buckets } = this.#options;
    const bounds = [...buckets.map(String), '+Inf'];
    const first = place * bounds.length;
    let count = 0;
    const cumulated = bounds.map((le, i) => {
      count += this.#counts[first + i]!;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
    });
    if (count === 0) return [];
    return [
      ...cumulated,
      { metricName: `${name}_sum`, labels, value: this.#sums[place]! },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
