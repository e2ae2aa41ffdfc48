import { expect, it } from 'vitest';
import { ELSEWHERE } from '../catalog/path-shape.ts';
import { LIMITS } from '../limits.ts';
import { OTHER, UnknownOperations } from './unknown-operations.ts';

const make = () => {
  const logged: unknown[] = [];
  const unknown = new UnknownOperations({ of: (path) => path }, {
    warn: (facts: unknown) => void logged.push(facts),
  } as never);
  return { unknown, logged };
};

it('counts by method and template, and logs each pair once', () => {
  const { unknown, logged } = make();
  for (const path of ['/a', '/a', '/b']) unknown.note('GET', path);
  unknown.note('POST', '/a');
  expect(unknown.counts()).toEqual([
    { method: 'GET', template: '/a', count: 2 },
    { method: 'GET', template: '/b', count: 1 },
    { method: 'POST', template: '/a', count: 1 },
  ]);
  expect(logged).toEqual([
    { method: 'GET', template: '/a' },
    { method: 'GET', template: '/b' },
    { method: 'POST', template: '/a' },
  ]);
});

it('counts paths that are not MLflow’s, and does not log them', () => {
  const { unknown, logged } = make();
  unknown.note('GET', ELSEWHERE);
  expect(unknown.counts()).toEqual([{ method: 'GET', template: ELSEWHERE, count: 1 }]);
  expect(logged).toEqual([]);
});

it('keeps a limited number of rows and lines, and counts all others together', () => {
  const { unknown, logged } = make();
  const limit = LIMITS.unknownOperations.value;
  for (let at = 0; at < limit + 500; at++) unknown.note('GET', `/${at}`);
  unknown.note('GET', '/0');
  const rows = unknown.counts();
  expect(rows).toHaveLength(limit + 1);
  expect(rows[0]).toEqual({ method: 'GET', template: '/0', count: 2 });
  expect(rows.at(-1)).toEqual({ method: OTHER, template: OTHER, count: 500 });
  expect(logged).toHaveLength(limit + 1);
});
