import { expect, test } from 'vitest';
import { LIMITS } from '../limits.ts';
import { Turns } from './turns.ts';

const TOTAL = LIMITS.lookupsAtOnce.value;
const EACH = LIMITS.lookupsAtOncePerTenant.value;

/** Lookups that the test ends by hand. */
function ask() {
  const turns = new Turns({ total: TOTAL, perTenant: EACH });
  const begun: { tenant: string; end: (fails?: Error) => void }[] = [];
  const done: Promise<void>[] = [];
  const start = (tenant: string): void => {
    const asked = turns.run(
      tenant,
      () =>
        new Promise<void>((resolve, reject) => {
          begun.push({ tenant, end: (error) => (error ? reject(error) : resolve()) });
        }),
    );
    done.push(asked.catch(() => {}));
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { begun, done, start, settle };
}

test('limits the lookups in flight of one tenant and of all tenants', async () => {
  const { begun, start, settle } = ask();
  for (let i = 0; i < 100; i++) start('a');
  expect(begun.length).toBe(EACH);
  for (let i = 0; i < 100; i++) start('b');
  for (let i = 0; i < 100; i++) start('c');
  await settle();
  expect(begun.length).toBe(TOTAL);
  expect(begun.filter(({ tenant }) => tenant === 'a').length).toBe(EACH);
});

test('a tenant with one lookup waits for one turn, however many lookups wait before it', async () => {
  const { begun, start, settle } = ask();
  for (let i = 0; i < 3_000; i++) start('a');
  for (let i = 0; i < 3_000; i++) start('b');
  start('c');
  expect(begun.some(({ tenant }) => tenant === 'c')).toBe(false);
  for (const one of begun.slice(0, 3)) one.end();
  await settle();
  expect(begun.slice(TOTAL).map(({ tenant }) => tenant)).toContain('c');
});

test('all lookups end, successful and failed, in any order', async () => {
  const { begun, done, start, settle } = ask();
  for (let i = 0; i < 300; i++) start(`t${i % 7}`);
  for (let i = 0; i < 300; i++) {
    if (begun.length <= i) await settle();
    begun[i]!.end(i % 3 === 0 ? new Error('failed') : undefined);
  }
  await Promise.all(done);
  expect(begun.length).toBe(300);
  // All turns are free again: the next lookups begin immediately.
  for (let i = 0; i < EACH; i++) start('t0');
  expect(begun.length).toBe(300 + EACH);
});

test('a turn that does not come in time is dropped, and leaves its place free', async () => {
  const error = (): Error => new Error('too late');
  const turns = new Turns({ total: 1, perTenant: 1, patience: { ms: 20, error } });
  let end = (): void => {};
  const first = turns.run(
    'a',
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  await expect(turns.run('a', async () => 'second')).rejects.toThrow('too late');
  await expect(turns.run('b', async () => 'third')).rejects.toThrow('too late');
  end();
  await first;
  expect(await turns.run('b', async () => 'fourth')).toBe('fourth');
});
