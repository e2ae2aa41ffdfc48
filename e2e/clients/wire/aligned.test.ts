import { expect, test } from 'vitest';
import { aligned } from './aligned.ts';

const call = (name: string, request = name) => ({ name, request });

test('a call that one side lacks does not shift the others', () => {
  expect(aligned([call('a'), call('b'), call('c')], [call('a'), call('c')])).toEqual([
    [0, 0],
    [1, undefined],
    [2, 1],
  ]);
  expect(aligned([call('c')], [call('a'), call('c')])).toEqual([
    [undefined, 0],
    [0, 1],
  ]);
});

test('pairs calls of one operation by the same request', () => {
  expect(aligned([call('get', '7')], [call('get', '0'), call('get', '7')])).toEqual([
    [undefined, 0],
    [0, 1],
  ]);
  expect(aligned([call('get', '7')], [call('get', '8')])).toEqual([[0, 0]]);
});
