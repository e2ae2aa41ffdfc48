import { expect, test } from 'vitest';
import { chart } from './chart.ts';

test('the longest bar is the largest value, and labels are escaped', () => {
  const svg = chart('A & B', [
    {
      title: 'ms < 1',
      bars: [
        { label: 'a "quoted" name', value: 1 },
        { label: 'own', value: 4, own: true },
      ],
    },
  ]);
  const widths = [...svg.matchAll(/<rect class="(own|peer)"[^>]* width="([\d.]+)"/g)];
  expect(widths.map(([, kind]) => kind)).toEqual(['peer', 'own']);
  const [first, second] = widths.map(([, , width]) => Number(width));
  expect(second! / first!).toBeCloseTo(4, 1);
  expect(svg).toContain('ms &lt; 1');
  expect(svg).toContain('a &quot;quoted&quot; name');
  expect(svg).toContain('prefers-color-scheme: dark');
});
