import { expect, test } from 'vitest';
import { LIMITS } from '../limits.ts';
import { Turns } from './turns.ts';

const TOTAL = LIMITS.lookupsAtOnce.value;
const EACH = LIMITS.lookupsAtOncePerTenant.value;

/** Questions that end when they are told to. */
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

test('a tenant has no more look-ups under way than its share, nor have all together', async () => {
  const { begun, start, settle } = ask();
  for (let i = 0; i < 100; i++) start('a');
  expect(begun.length).toBe(EACH);
  for (let i = 0; i < 100; i++) start('b');
  for (let i = 0; i < 100; i++) start('c');
  await settle();
  expect(begun.length).toBe(TOTAL);
  expect(begun.filter(({ tenant }) => tenant === 'a').length).toBe(EACH);
});

test('a tenant with one look-up waits for one turn, however many wait before it', async () => {
  const { begun, start, settle } = ask();
  for (let i = 0; i < 3_000; i++) start('a');
  for (let i = 0; i < 3_000; i++) start('b');
  start('c');
  expect(begun.some(({ tenant }) => tenant === 'c')).toBe(false);
  for (const one of begun.slice(0, 3)) one.end();
  await settle();
  expect(begun.slice(TOTAL).map(({ tenant }) => tenant)).toContain('c');
});

test('all of them end, whether they fail or not, in whatever order', async () => {
  const { begun, done, start, settle } = ask();
  for (let i = 0; i < 300; i++) start(`t${i % 7}`);
  for (let i = 0; i < 300; i++) {
    if (begun.length <= i) await settle();
    begun[i]!.end(i % 3 === 0 ? new Error('failed') : undefined);
  }
  await Promise.all(done);
  expect(begun.length).toBe(300);
  // Nothing is left of them: the next one begins at once.
  for (let i = 0; i < EACH; i++) start('t0');
  expect(begun.length).toBe(300 + EACH);
});

test('a turn that does not come in time is given up, and takes no room', async () => {
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
