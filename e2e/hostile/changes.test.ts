import { expect, test } from 'vitest';
import { changesBetween } from './changes.ts';

const changes = (before: string, after: string) =>
  changesBetween(new Map([['GET /a', before]]), new Map([['GET /a', after]]));

test('another order of keys is not a change', () => {
  expect(changes('200 {"a":1,"b":{"c":2,"d":3}}', '200 {"b":{"d":3,"c":2},"a":1}')).toEqual([]);
});

test.each([
  ['a value', '200 {"a":1}', '200 {"a":2}', 'GET /a: .body.a was 1, is 2'],
  ['a key more', '200 {"a":1}', '200 {"a":1,"b":2}', 'GET /a: .body.b was undefined, is 2'],
  ['a status', '200 {}', '404 {}', 'GET /a: .status was "200", is "404"'],
  ['an item', '200 [1,2]', '200 [1]', 'GET /a: .body.1 was 2, is undefined'],
  ['text', '200 x', '200 y', 'GET /a:  was "200 x", is "200 y"'],
])('%s that differs is named with its place', (_, before, after, change) => {
  expect(changes(before, after)).toEqual([change]);
});
