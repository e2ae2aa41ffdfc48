import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';

export interface StoppedClock {
  /** Lets milliseconds pass at once. */
  (ms: number): Promise<void>;
  /** Lets time pass slowly until a condition holds: whatever moves can move between two steps of 5 ms. */
  until(condition: () => boolean): Promise<void>;
}

/**
 * Stops the clock by which an upstream measures its time limits, until the test ends, so that no limit passes while a busy machine is
 * slow. Call it before the upstream is made. Timers outside the gateway run on.
 * (`expect.poll` would advance the clock: wait with `found`.)
 *
 * @example
 * const pass = stopClock();
 * await pass(100);
 */
export function stopClock(): StoppedClock {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const pass = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms));
  const until = async (condition: () => boolean): Promise<void> => {
    for (; !condition(); await wait(2)) await pass(5);
  };
  return Object.assign(pass, { until });
}
