import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LIMITS } from '../limits.ts';
import { askEach, requireFewLookups } from './ask-each.ts';

const AT_ONCE = LIMITS.lookupsAtOncePerRequest.value;

test('answers have the order of the items, and a few are asked about at once', async () => {
  let inFlight = 0;
  let most = 0;
  const answers = await askEach(
    Array.from({ length: 50 }, (_, i) => i),
    async (i) => {
      most = Math.max(most, ++inFlight);
      await sleep((50 - i) % 4);
      inFlight--;
      return i * 2;
    },
  );
  expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => i * 2));
  expect(most).toBe(AT_ONCE);
});

test.each([
  { first: 1, second: 9 },
  { first: 9, second: 1 },
])('the first item decides the refusal, after $first ms against $second', async (ms) => {
  const asked = askEach(['first', 'second'] as const, async (name) => {
    await sleep(ms[name]);
    throw new Error(name);
  });
  await expect(asked).rejects.toThrow('first');
});

test('no question begins after a refusal', async () => {
  let begun = 0;
  const asked = askEach(Array.from({ length: 3_000 }), async () => {
    begun++;
    await sleep(1);
    throw new Error('no');
  });
  await expect(asked).rejects.toThrow('no');
  expect(begun).toBe(AT_ONCE);
});

test('a request may cost as many lookups as the limit, and no more', () => {
  const most = LIMITS.lookupsPerRequest.value;
  expect(() => requireFewLookups(most)).not.toThrow();
  expect(() => requireFewLookups(most + 1)).toThrow(`at most ${most}`);
});
