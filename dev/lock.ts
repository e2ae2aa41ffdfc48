import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SQLITE_BUSY = 5;

export interface LockOptions {
  /** Milliseconds to wait for another holder; 0 fails at once. */
  readonly waitMs: number;
  /** Called once if another process holds the lock and the wait begins. */
  readonly onWait?: () => void;
}

/** Another process held the lock for the whole of `waitMs`. */
export class LockHeldError extends Error {
  constructor(file: string) {
    super(`another process holds ${file}`);
    this.name = 'LockHeldError';
  }
}

/**
 * Takes a lock between processes of one machine; the returned function releases it.
 *
 * The lock is an exclusive SQLite transaction on an empty database, and so a lock of the operating system: a killed process releases it,
 * and no stale lock remains. `file` remains, empty.
 *
 * @throws {LockHeldError} after `waitMs`.
 * @example
 * const release = await lock('/var/cache/build.lock', { waitMs: 60_000 });
 * try { build(); } finally { release(); }
 */
export async function lock(file: string, { waitMs, onWait }: LockOptions): Promise<() => void> {
  const { DatabaseSync } = await import('node:sqlite');
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  const deadline = performance.now() + waitMs;
  for (let first = true; ; first = false) {
    try {
      database.exec('BEGIN EXCLUSIVE');
      return () => database.close();
    } catch (error) {
      const busy = (error as { errcode?: number }).errcode === SQLITE_BUSY;
      if (!busy || performance.now() >= deadline) {
        database.close();
        throw busy ? new LockHeldError(file) : error;
      }
    }
    if (first) onWait?.();
    await sleep(250);
  }
}
