import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mapConcurrently } from './map-concurrently.ts';

test('processes each item once, and never more than the limit at a time', async () => {
  let now = 0;
  let most = 0;
  const done: number[] = [];
  await mapConcurrently([1, 2, 3, 4, 5, 6, 7], 3, async (one) => {
    most = Math.max(most, ++now);
    await sleep(1);
    done.push(one);
    now -= 1;
  });
  expect(most).toBe(3);
  expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('starts no further item after a failure, and waits for the items in progress', async () => {
  const ended: number[] = [];
  const all = mapConcurrently([1, 2, 3, 4, 5], 2, async (one) => {
    if (one === 1) throw new Error('one');
    await sleep(5);
    ended.push(one);
  });
  await expect(all).rejects.toThrow('one');
  expect(ended).toEqual([2]);
});
