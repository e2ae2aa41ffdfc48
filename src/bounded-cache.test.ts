import { expect, it } from 'vitest';
import { BoundedCache } from './bounded-cache.ts';

it('evicts the oldest entry, counted from its last set or touch', () => {
  const cache = new BoundedCache<number>(2, 1000, () => 0);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.get('a');
  cache.set('c', 3);
  expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([undefined, 2, 3]);
  cache.touch('b');
  cache.set('d', 4);
  expect(['b', 'c', 'd'].map((key) => cache.get(key))).toEqual([2, undefined, 4]);
  expect(cache.size).toBe(2);
});

it('expires entries after their lifetime, and drops them when they are read', () => {
  let now = 0;
  const cache = new BoundedCache<number>(10, 1000, () => now);
  cache.set('a', 1);
  cache.set('b', 2, 500);
  now = 499;
  expect([cache.get('a'), cache.touch('b')]).toEqual([1, 2]);
  now = 500;
  expect([cache.get('a'), cache.touch('b')]).toEqual([1, undefined]);
  now = 1000;
  expect(cache.get('a')).toBeUndefined();
  expect(cache.size).toBe(0);
});

it('keeps no entry with size 0', () => {
  const cache = new BoundedCache<number>(0, 1000);
  cache.set('a', 1);
  expect(cache.get('a')).toBeUndefined();
});
