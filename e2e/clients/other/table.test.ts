import { expect, test } from 'vitest';
import { lineOf, tableOf, unexplained } from './table.ts';

const row = { client: 'c', version: '1', strategy: 'tags' };
const refused = (at: number) => [
  { at, call: 'POST /x', path: 'status', straight: 200, gateway: 400 },
  { at, call: 'POST /x', path: 'answer.message', gateway: 'No | <field>.' },
];

test('writes a denial once with its count, inside its cell', () => {
  const differences = [...refused(0), ...refused(3)];
  expect(lineOf({ ...row, result: { calls: 4, equal: 2, differences } })).toBe(
    '| c | 1 | tags | 4 | 2 | POST /x: 200 ¦ 400 "No ¦ &lt;field>." (2 times) |',
  );
});

test('writes the reason in the row of a client that could not run', () => {
  expect(lineOf({ ...row, result: { failed: 'mvn is missing' } })).toContain(
    '|  |  | not run: mvn is missing |',
  );
});

test('explains another message with the same status, and not another status', () => {
  const words = {
    at: 0,
    call: 'GET /x',
    path: 'answer.message',
    straight: 'not found',
    gateway: 'No x exists.',
  };
  const reason = { at: 0, call: 'GET /x', path: 'answer.reason', gateway: 'resource_not_found' };
  expect(lineOf({ ...row, result: { calls: 1, equal: 0, differences: [words, reason] } })).toContain(
    '| GET /x: **words** |',
  );
  expect(unexplained([words, reason])).toBe(0);
  expect(unexplained([...refused(0), ...refused(3)])).toBe(2);
});

test('keeps the rows of clients that did not run, and drops those of removed clients', () => {
  const page = '| client |\n|---|\n| a | 1 | tags | 9 | 9 | none |\n| gone | 1 | tags | 1 | 1 | none |';
  const result = { calls: 4, equal: 4, differences: [] };
  expect(
    tableOf([{ ...row, result }], ['a', 'c'], page)
      .split('\n')
      .slice(2),
  ).toEqual(['| a | 1 | tags | 9 | 9 | none |', '| c | 1 | tags | 4 | 4 | none |']);
});

test('explains that "Default" is missing from a list, and not that another experiment is', () => {
  const lists = (left: object[], right: object[]) => [
    { at: 0, call: 'POST /x', path: 'answer.experiments', straight: left, gateway: right },
  ];
  const [mine, shared] = [
    { experiment_id: '<experiment 1>', name: 'a' },
    { experiment_id: '0', name: 'Default' },
  ];
  expect(unexplained(lists([mine, shared], [mine]))).toBe(0);
  expect(unexplained(lists([mine, shared], [shared]))).toBe(1);
});

test('explains an operation that both lack, and not one that only MLflow has', () => {
  const gone = '<!doctype html><title>404 Not Found</title>';
  const answer = {
    at: 0,
    call: 'GET /x',
    path: 'answer',
    straight: gone,
    gateway: { reason: 'unknown_operation' },
  };
  const status = { at: 0, call: 'GET /x', path: 'status', straight: 200, gateway: 404 };
  expect(unexplained([answer])).toBe(0);
  expect(unexplained([status, { ...answer, straight: { runs: [] } }])).toBe(1);
});
