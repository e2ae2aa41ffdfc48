import { expect, test } from 'vitest';
import { writeFilter } from './write.ts';

test('one blank between tokens, keywords in capitals, the quotes that the text allows', () => {
  expect(
    writeFilter([
      { left: { path: ['tags', 'tenant'] }, op: '=', value: { text: 'a' } },
      { left: { path: ['metrics'], quoted: 'a b' }, op: '>=', value: { number: '-1.50' } },
      { left: { path: ['name'] }, op: 'ILIKE', value: { text: "it''s" } },
      { left: { path: ['run_id'] }, op: 'NOT IN', values: ['a', "b'c", 'd"e'] },
      { left: { path: ['tags', 'x'] }, op: 'IS NOT NULL' },
    ]),
  ).toBe(
    `tags.tenant = 'a' AND metrics.\`a b\` >= -1.50 AND name ILIKE "it''s" AND run_id NOT IN ('a', "b'c", 'd"e') AND tags.x IS NOT NULL`,
  );
});

test('a value with both kinds of quotes is never written', () => {
  expect(() => writeFilter([{ left: { path: ['a'] }, op: '=', value: { text: `'"` } }])).toThrow(
    /both kinds/,
  );
});
