/**
 * The value below which a fraction of the values lie (nearest rank; no interpolation).
 *
 * @param fraction 0.5 for the median of latencies, 0.99 for p99
 * @throws RangeError for no values
 * @example
 * percentile([3, 1, 2], 0.5); // 2
 */
export function percentile(values: readonly number[], fraction: number): number {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = Float64Array.from(values).sort();
  const rank = Math.ceil(fraction * sorted.length) - 1;
  return sorted[Math.min(Math.max(rank, 0), sorted.length - 1)]!;
}

/**
 * The middle value, or the mean of the two middle ones. For few values, such as one a round.
 *
 * @throws RangeError for no values
 * @example
 * median([1, 10, 2, 3]); // 2.5
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
