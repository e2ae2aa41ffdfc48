import { expect, it } from 'vitest';
import { chooseUse, measureStall } from './stall.ts';
import { stopClock } from './testing/clock.ts';

it('measures both kinds of connection, without the opening of the kept one', async () => {
  const pass = stopClock();
  const asked: string[] = [];
  const measured = await measureStall(async (kind) => {
    asked.push(kind);
    await pass(asked.length === 1 ? 100 : kind === 'kept' ? 40 : 2);
  });
  expect(measured).toEqual({ keptMs: 40, freshMs: 2 });
  expect(asked.filter((kind) => kind === 'kept')).toHaveLength(8);
  expect(asked.filter((kind) => kind === 'fresh')).toHaveLength(7);
});

it('ignores an occasional slow request', async () => {
  const pass = stopClock();
  let n = 0;
  const measured = await measureStall(() => pass(n++ % 5 === 2 ? 60 : 1));
  expect(chooseUse(measured)).toBe('keepalive');
});

it.each([
  [{ keptMs: 44, freshMs: 1.7 }, 'fresh'],
  [{ keptMs: 22, freshMs: 2 }, 'fresh'],
  [{ keptMs: 21, freshMs: 2 }, 'keepalive'],
  [{ keptMs: 1.5, freshMs: 2 }, 'keepalive'],
  [{ keptMs: 300, freshMs: 290 }, 'keepalive'],
])('%j: %s', (measured, use) => {
  expect(chooseUse(measured)).toBe(use);
});

it('fails when a request to MLflow fails', async () => {
  await expect(measureStall(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
});
