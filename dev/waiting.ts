import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** Milliseconds until the wait fails. Default 60 000. */
  readonly timeoutMs?: number;
  /** Milliseconds between two attempts. Default 50. */
  readonly everyMs?: number;
}

/**
 * Repeats an attempt until it does not throw, and returns its result.
 *
 * @param what the condition, for the message: `the port closes`
 * @throws {Error} after `timeoutMs`, with the message of the last attempt; its `cause` is the last error
 * @example
 * await eventually('the file exists', () => readFileSync(path, 'utf8'));
 */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T> | T,
  { timeoutMs = 60_000, everyMs = 50 }: WaitOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline)
        throw new Error(`${what}: not within ${timeoutMs / 1000} s. ${(error as Error).message}`, {
          cause: error,
        });
      await sleep(everyMs);
    }
  }
}

/**
 * Repeats a look until it returns a value other than `undefined` and `false`, and returns that value.
 *
 * @throws {Error} after `timeoutMs`, or as soon as the look throws
 * @example
 * await found('the stale socket goes', () => !existsSync(socket));
 */
export async function found<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 60_000, everyMs = 50 }: WaitOptions = {},
): Promise<T> {
  for (const deadline = performance.now() + timeoutMs; ; await sleep(everyMs)) {
    const result = await look();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
  }
}
