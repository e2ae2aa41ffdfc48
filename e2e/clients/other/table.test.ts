import { expect, test } from 'vitest';
import { isOwnTag } from './meant.ts';
import { tableOf } from './table.ts';

const row = { client: 'c', version: '1', strategy: 'tags' };
const refused = (at: number) => [
  { at, call: 'POST /x', path: 'status', straight: 200, gateway: 400 },
  { at, call: 'POST /x', path: 'answer.message', gateway: 'No | <field>.' },
];

test('a refusal is said once with how often it came, and keeps to its cell', () => {
  const differences = [...refused(0), ...refused(3)];
  expect(tableOf([{ ...row, verdict: { calls: 4, equal: 2, differences } }]).split('\n')[2]).toBe(
    '| c | 1 | tags | 4 | 2 | POST /x: 200 ¦ 400 "No ¦ &lt;field>." (2 times) |',
  );
});

test('a client that could not run has the reason in its row', () => {
  expect(tableOf([{ ...row, verdict: { failed: 'mvn is missing' } }])).toContain(
    '|  |  | not run: mvn is missing |',
  );
});

test('only the one tag of the tenant is meant: another added tag is a difference', () => {
  const difference = { at: 0, call: 'GET /x', path: 'answer.tags', straight: [{ key: 'a' }] };
  expect(isOwnTag({ ...difference, gateway: [{ key: 'tenant' }, { key: 'a' }] })).toBe(true);
  expect(isOwnTag({ ...difference, gateway: [{ key: 'other' }, { key: 'a' }] })).toBe(false);
  expect(isOwnTag({ ...difference, gateway: [{ key: 'tenant' }, { key: 'b' }] })).toBe(false);
});
