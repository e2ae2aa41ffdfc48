import { expect, it } from 'vitest';
import { replaceAt, textAt, valueAt, valuesAt, wrapAt } from './json-path.ts';

const run = { info: { run_id: 'r', count: 3 }, tags: [{ key: 'a' }, { key: 'b' }] };

it('finds the value at a path, written with dots or split', () => {
  expect(valueAt(run, 'info.run_id')).toBe('r');
  expect(valueAt(run, ['info', 'run_id'])).toBe('r');
  expect(valueAt(run, 'info.missing.deep')).toBeUndefined();
  expect(valueAt('text', 'length')).toBeUndefined();
  expect(textAt(run, 'info.count')).toBe('3');
  expect(textAt(run, 'tags')).toBeUndefined();
});

it('finds all values at a path through lists', () => {
  expect(valuesAt(run, ['tags', 'key'])).toEqual(['a', 'b']);
  expect(valuesAt([run, null, 'x'], ['info', 'run_id'])).toEqual(['r']);
});

it('makes an object with a value at a path', () => {
  expect(wrapAt(['a', 'b'], 1)).toEqual({ a: { b: 1 } });
  expect(wrapAt([], 1)).toBe(1);
});

it('replaces the value at a path, and puts it before all other properties', () => {
  const body = { x: 1, trace: { y: 2, tags: { k: 'v' } } };
  const replaced = replaceAt(body, ['trace', 'tags'], (tags) => ({ ...(tags as object), own: 'a' }));
  expect(JSON.stringify(replaced)).toBe('{"trace":{"tags":{"k":"v","own":"a"},"y":2},"x":1}');
  expect(replaceAt(body, ['x'], () => undefined)).toEqual({ trace: body.trace });
  expect(replaceAt({}, ['a', 'b'], () => 1)).toEqual({ a: { b: 1 } });
});
