import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DenialError } from '../../../denial.ts';
import type { NameLock } from '../../tenancy-strategy.ts';
import { MOST_TAKERS, NameLocks } from './name-locks.ts';

/** Locks names: shared, exclusive, and per tenant. */
function lock(
  locks: NameLocks,
  shared: readonly string[],
  exclusive: readonly string[],
  perTenant: readonly string[] = [],
  tenant = 'team-a',
): Promise<NameLock> {
  return locks.lock({ shared, exclusive, perTenant }, tenant);
}

/** Whether a lock was given, after everything that can happen at once has happened. */
async function settled(held: Promise<NameLock>): Promise<boolean> {
  return Promise.race([held.then(() => true), turn().then(() => false)]);
}

function useFakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

describe('NameLocks', () => {
  it('lets many requests use a name, and none take it meanwhile', async () => {
    const locks = new NameLocks(60_000);
    const one = await lock(locks, ['x'], []);
    const two = await lock(locks, ['x', 'y'], []);
    const taker = lock(locks, [], ['x']);
    expect(await settled(taker)).toBe(false);
    one.release();
    one.release();
    expect(await settled(taker)).toBe(false);
    two.release();
    expect(await settled(taker)).toBe(true);
    (await taker).release();
    expect(locks.size).toBe(0);
  });

  it('makes later requests wait behind a waiting one', async () => {
    const locks = new NameLocks(60_000);
    const user = await lock(locks, ['x'], []);
    const taker = lock(locks, [], ['x']);
    const late = lock(locks, ['x'], []);
    expect(await settled(late)).toBe(false);
    user.release();
    (await taker).release();
    expect(await settled(late)).toBe(true);
    (await late).release();
    expect(locks.size).toBe(0);
  });

  it('treats spellings that a database may confuse as one name', async () => {
    const locks = new NameLocks(60_000);
    const user = await lock(locks, ['Churn '], []);
    const taker = lock(locks, [], ['ch\u00fcrn']);
    expect(await settled(taker)).toBe(false);
    user.release();
    (await taker).release();
  });

  it('never waits for itself, in whatever order names are given', async () => {
    const locks = new NameLocks(60_000);
    for (let round = 0; round < 50; round++) {
      const pair = [lock(locks, ['a'], ['b']), lock(locks, ['b'], ['a']), lock(locks, ['a', 'b'], ['a'])];
      await Promise.all(pair.map(async (held) => (await held).release()));
    }
    expect(locks.size).toBe(0);
  });

  it('gives up after the timeout and locks nothing', async () => {
    const locks = new NameLocks(20);
    const user = await lock(locks, ['b'], []);
    const error = await lock(locks, ['a'], ['b']).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DenialError);
    expect((error as DenialError).reason).toBe('name_busy');
    (await lock(locks, [], ['a'])).release();
    user.release();
    (await lock(locks, [], ['b'])).release();
    expect(locks.size).toBe(0);
  });

  it('serves those who wait behind one who gives up', async () => {
    useFakeTimers();
    const locks = new NameLocks(60_000);
    const user = await lock(locks, ['x'], []);
    const taker = lock(locks, [], ['x']).catch((e: unknown) => e);
    vi.advanceTimersByTime(30_000);
    const late = lock(locks, ['x'], []);
    expect(await settled(late)).toBe(false);
    vi.advanceTimersByTime(30_000);
    expect(await taker).toBeInstanceOf(DenialError);
    expect(await settled(late)).toBe(true);
    (await late).release();
    user.release();
    expect(locks.size).toBe(0);
  });

  it('lets only so many wait to take a name, which may be another’s', async () => {
    const locks = new NameLocks(60_000);
    const owner = await lock(locks, ['x'], []);
    const takers = Array.from({ length: MOST_TAKERS }, () => lock(locks, [], ['x']));
    const error = await lock(locks, [], ['x']).catch((e: unknown) => e);
    expect((error as DenialError).reason).toBe('name_busy');
    owner.release();
    for (const taker of takers) (await taker).release();
    expect(locks.size).toBe(0);
  });

  it('lets a tenant hold an id of its choice as often as it likes, and no other tenant meanwhile', async () => {
    const locks = new NameLocks(60_000);
    const one = await lock(locks, [], [], ['t'], 'team-a');
    const two = await lock(locks, [], [], ['t'], 'team-a');
    const others = [lock(locks, [], [], ['t'], 'team-b'), lock(locks, [], [], ['t'], 'team-b')];
    one.release();
    expect(await settled(others[0]!)).toBe(false);
    const late = lock(locks, [], [], ['t'], 'team-a');
    two.release();
    for (const other of others) expect(await settled(other)).toBe(true);
    expect(await settled(late)).toBe(false);
    for (const other of others) (await other).release();
    (await late).release();
    expect(locks.size).toBe(0);
  });

  it('keeps a used name locked while MLflow may still act, and unlocks a name before its transfer', async () => {
    useFakeTimers();
    const locks = new NameLocks(40);
    const hold = await lock(locks, ['x'], ['y']);
    hold.giveUp();
    hold.giveUp();
    hold.release();
    (await lock(locks, ['y'], [])).release();
    const taker = lock(locks, [], ['x']);
    vi.advanceTimersByTime(39);
    expect(await settled(taker)).toBe(false);
    vi.advanceTimersByTime(1);
    (await taker).release();
    expect(locks.size).toBe(0);
  });
});
