import { Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { Durations } from './durations.ts';

test('writes the same bytes as prom-client’s histogram for the same durations', async () => {
  const options = { name: 'x_seconds', help: 'X.', buckets: [0.001, 0.25, 1] };
  const [ours, theirs] = [new Registry(), new Registry()];
  const durations = new Durations({
    ...options,
    labels: ['kind'],
    register: ours,
    series: [['a'], ['b'], ['unused']],
  });
  const histogram = new Histogram({ ...options, labelNames: ['kind'], registers: [theirs] });
  const noted: [number, string, number][] = [
    [0, 'a', 0],
    [0, 'a', 0.001],
    [0, 'a', 0.0011],
    [0, 'a', 7],
    [1, 'b', 1],
    [1, 'b', 0.2],
  ];
  for (const [place, kind, seconds] of noted) {
    durations.note(place, seconds);
    histogram.observe({ kind }, seconds);
  }
  const text = await ours.metrics();
  expect(text).toContain('x_seconds_bucket{le="+Inf",kind="a"} 4');
  expect(text).not.toContain('unused');
  expect(text).toBe(await theirs.metrics());
});
