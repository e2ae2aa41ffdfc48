import { expect, test } from 'vitest';
import { eventually, found } from './waiting.ts';

const quick = { timeoutMs: 30, everyMs: 1 };

test('eventually returns the first result that is not an error', async () => {
  let attempts = 0;
  const attempt = (): number => {
    if (++attempts < 3) throw new Error('not yet');
    return attempts;
  };
  expect(await eventually('the third attempt', attempt)).toBe(3);
});

test('eventually gives up with the last error', async () => {
  const attempt = (): never => {
    throw new Error('never');
  };
  await expect(eventually('it', attempt, quick)).rejects.toThrow('it: not within 0.03 s. never');
});

test('found ignores undefined and false, and returns other values', async () => {
  const values = [undefined, false, 0, 1];
  expect(await found('a value', () => values.shift())).toBe(0);
});

test('found gives up after its time-out, and immediately if the look throws', async () => {
  await expect(found('it', () => undefined, quick)).rejects.toThrow('it: not within 0.03 s');
  let looks = 0;
  const look = (): never => {
    looks++;
    throw new Error('broken');
  };
  await expect(found('it', look)).rejects.toThrow('broken');
  expect(looks).toBe(1);
});
