import { expect, test } from 'vitest';
import { compare } from './compare.ts';

test('equal values have no differences', () => {
  const value = { a: [1, { b: null }], c: 'x', d: Number.NaN };
  expect(compare(value, structuredClone(value))).toEqual([]);
});

test.each([
  ['a value', { a: { b: 1 } }, { a: { b: 2 } }, [{ path: 'a.b', straight: 1, gateway: 2 }]],
  ['one of a list', [1, 2], [1, 3], [{ path: '[1]', straight: 2, gateway: 3 }]],
  ['a list that is longer', { a: [1] }, { a: [1, 2] }, [{ path: 'a', straight: [1], gateway: [1, 2] }]],
  ['something more', { a: 1 }, { a: 1, b: 2 }, [{ path: 'b', gateway: 2 }]],
  ['something less', { a: 1, b: null }, { a: 1 }, [{ path: 'b', straight: null }]],
  ['another type', { a: '1' }, { a: 1 }, [{ path: 'a', straight: '1', gateway: 1 }]],
  ['nothing and an object', null, { a: 1 }, [{ path: '', straight: null, gateway: { a: 1 } }]],
  ['a list and an object', { a: [] }, { a: {} }, [{ path: 'a', straight: [], gateway: {} }]],
])('%s', (_, straight, gateway, differences) => {
  expect(compare(straight, gateway)).toEqual(differences);
});
