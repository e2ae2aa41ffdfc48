import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DenialError } from '../../http/denial.ts';
import { NameLocks, type Release } from './name-locks.ts';

/** Whether a lock was given, after everything that can happen at once has happened. */
async function settled(held: Promise<Release>): Promise<boolean> {
  return Promise.race([held.then(() => true), sleep(5).then(() => false)]);
}

describe('NameLocks', () => {
  it('lets a name be used by many, and be taken by nobody meanwhile', async () => {
    const locks = new NameLocks(1_000);
    const one = await locks.hold(['x'], []);
    const two = await locks.hold(['x', 'y'], []);
    const taker = locks.hold([], ['x']);
    expect(await settled(taker)).toBe(false);
    one();
    one();
    expect(await settled(taker)).toBe(false);
    two();
    expect(await settled(taker)).toBe(true);
    (await taker)();
    expect(locks.size).toBe(0);
  });

  it('makes those wait who come after one who waits', async () => {
    const locks = new NameLocks(1_000);
    const user = await locks.hold(['x'], []);
    const taker = locks.hold([], ['x']);
    const late = locks.hold(['x'], []);
    expect(await settled(late)).toBe(false);
    user();
    (await taker)();
    expect(await settled(late)).toBe(true);
    (await late)();
    expect(locks.size).toBe(0);
  });

  it('takes spellings for one name that a database may take for one', async () => {
    const locks = new NameLocks(1_000);
    const user = await locks.hold(['Churn '], []);
    expect(await settled(locks.hold([], ['churn']))).toBe(false);
    user();
  });

  it('never waits for itself, in whatever order names are given', async () => {
    const locks = new NameLocks(1_000);
    for (let round = 0; round < 50; round++) {
      const pair = [locks.hold(['a'], ['b']), locks.hold(['b'], ['a']), locks.hold(['a', 'b'], ['a'])];
      await Promise.all(pair.map(async (held) => (await held)()));
    }
    expect(locks.size).toBe(0);
  });

  it('gives up after the timeout and holds nothing', async () => {
    const locks = new NameLocks(20);
    const user = await locks.hold(['b'], []);
    const error = await locks.hold(['a'], ['b']).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DenialError);
    expect((error as DenialError).reason).toBe('name_busy');
    (await locks.hold([], ['a']))();
    user();
    (await locks.hold([], ['b']))();
    expect(locks.size).toBe(0);
  });
});
