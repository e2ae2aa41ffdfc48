import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LockHeldError, lock } from './lock.ts';

const dir = mkdtempSync(join(tmpdir(), 'lock-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('refuses a second holder until the first releases the lock', async () => {
  const file = join(dir, 'a.lock');
  const release = await lock(file, { waitMs: 0 });
  await expect(lock(file, { waitMs: 0 })).rejects.toBeInstanceOf(LockHeldError);

  let waited = false;
  const second = lock(file, {
    waitMs: 60_000,
    onWait: () => {
      waited = true;
      release();
    },
  });
  (await second)();
  expect(waited).toBe(true);
});

test('a killed holder leaves no stale lock', async () => {
  const file = join(dir, 'b.lock');
  const source = `import { lock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
    await lock(${JSON.stringify(file)}, { waitMs: 0 });
    console.log('held');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  await expect(lock(file, { waitMs: 0 })).rejects.toBeInstanceOf(LockHeldError);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const release = await lock(file, { waitMs: 0 });
  release();
});
