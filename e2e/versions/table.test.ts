import { expect, it } from 'vitest';
import { writeTable } from './table.ts';

it('shows passed, failed, left-out, impossible and missing results', () => {
  const cells = [
    { version: '2.22.5', suite: 'a', counts: { passed: 1, failed: 0, leftOut: 7 } },
    { version: '2.22.5', suite: 'b', counts: undefined },
    { version: '3.17.2', suite: 'a', counts: { passed: 2, failed: 3, leftOut: 0 } },
    { version: '3.17.2', suite: 'b', counts: { passed: 0, failed: 0, leftOut: 0 } },
  ];
  expect(writeTable(cells)).toBe(
    [
      '| MLflow | a | b |',
      '| --- | --- | --- |',
      '| 2.22.5 | 1 passed, 0 failed, 7 operations left out | no workspaces |',
      '| 3.17.2 | 2 passed, 3 failed | NOT RUN |',
    ].join('\n'),
  );
});
