import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DenialError } from '../../../denial.ts';
import type { Hold } from '../../tenancy-strategy.ts';
import { MOST_TAKERS, NameLocks } from './name-locks.ts';

/** Whether a lock was given, after everything that can happen at once has happened. */
async function settled(held: Promise<Hold>): Promise<boolean> {
  return Promise.race([held.then(() => true), sleep(5).then(() => false)]);
}

describe('NameLocks', () => {
  it('lets a name be used by many, and be taken by nobody meanwhile', async () => {
    const locks = new NameLocks(1_000);
    const one = await locks.hold(['x'], []);
    const two = await locks.hold(['x', 'y'], []);
    const taker = locks.hold([], ['x']);
    expect(await settled(taker)).toBe(false);
    one.release();
    one.release();
    expect(await settled(taker)).toBe(false);
    two.release();
    expect(await settled(taker)).toBe(true);
    (await taker).release();
    expect(locks.size).toBe(0);
  });

  it('makes those wait who come after one who waits', async () => {
    const locks = new NameLocks(1_000);
    const user = await locks.hold(['x'], []);
    const taker = locks.hold([], ['x']);
    const late = locks.hold(['x'], []);
    expect(await settled(late)).toBe(false);
    user.release();
    (await taker).release();
    expect(await settled(late)).toBe(true);
    (await late).release();
    expect(locks.size).toBe(0);
  });

  it('takes spellings for one name that a database may take for one', async () => {
    const locks = new NameLocks(1_000);
    const user = await locks.hold(['Churn '], []);
    const taker = locks.hold([], ['ch\u00fcrn']);
    expect(await settled(taker)).toBe(false);
    user.release();
    (await taker).release();
  });

  it('never waits for itself, in whatever order names are given', async () => {
    const locks = new NameLocks(1_000);
    for (let round = 0; round < 50; round++) {
      const pair = [locks.hold(['a'], ['b']), locks.hold(['b'], ['a']), locks.hold(['a', 'b'], ['a'])];
      await Promise.all(pair.map(async (held) => (await held).release()));
    }
    expect(locks.size).toBe(0);
  });

  it('gives up after the timeout and holds nothing', async () => {
    const locks = new NameLocks(20);
    const user = await locks.hold(['b'], []);
    const error = await locks.hold(['a'], ['b']).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DenialError);
    expect((error as DenialError).reason).toBe('name_busy');
    (await locks.hold([], ['a'])).release();
    user.release();
    (await locks.hold([], ['b'])).release();
    expect(locks.size).toBe(0);
  });

  it('serves those who wait behind one who gives up', async () => {
    const locks = new NameLocks(50);
    const user = await locks.hold(['x'], []);
    const taker = locks.hold([], ['x']).catch((e: unknown) => e);
    await sleep(25);
    const late = locks.hold(['x'], []);
    expect(await settled(late)).toBe(false);
    expect(await taker).toBeInstanceOf(DenialError);
    expect(await settled(late)).toBe(true);
    (await late).release();
    user.release();
    expect(locks.size).toBe(0);
  });

  it('lets only so many wait to take a name, which may be another’s', async () => {
    const locks = new NameLocks(1_000);
    const owner = await locks.hold(['x'], []);
    const takers = Array.from({ length: MOST_TAKERS }, () => locks.hold([], ['x']));
    const error = await locks.hold([], ['x']).catch((e: unknown) => e);
    expect((error as DenialError).reason).toBe('name_busy');
    owner.release();
    for (const taker of takers) (await taker).release();
    expect(locks.size).toBe(0);
  });

  it('lets a tenant hold an id of its choice as often as it likes, and no other tenant meanwhile', async () => {
    const locks = new NameLocks(1_000);
    const one = await locks.hold([], [], ['t'], 'team-a');
    const two = await locks.hold([], [], ['t'], 'team-a');
    const others = [locks.hold([], [], ['t'], 'team-b'), locks.hold([], [], ['t'], 'team-b')];
    one.release();
    expect(await settled(others[0]!)).toBe(false);
    const late = locks.hold([], [], ['t'], 'team-a');
    two.release();
    for (const other of others) expect(await settled(other)).toBe(true);
    expect(await settled(late)).toBe(false);
    for (const other of others) (await other).release();
    (await late).release();
    expect(locks.size).toBe(0);
  });

  it('keeps a name that was used where MLflow may act yet, and lets go of one that was to be taken', async () => {
    const locks = new NameLocks(40);
    const hold = await locks.hold(['x'], ['y']);
    hold.giveUp();
    hold.giveUp();
    hold.release();
    (await locks.hold(['y'], [])).release();
    const taker = locks.hold([], ['x']);
    expect(await settled(taker)).toBe(false);
    (await taker).release();
    expect(locks.size).toBe(0);
  });
});
