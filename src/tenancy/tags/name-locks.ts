import { DenialError } from '../../http/denial.ts';

/** Lets go of what was held. May be called more than once. */
export type Release = () => void;

interface Waiter {
  readonly exclusive: boolean;
  readonly go: () => void;
}

class Lock {
  shared = 0;
  exclusive = false;
  readonly waiting: Waiter[] = [];

  take(exclusive: boolean): boolean {
    if (this.exclusive || (exclusive && this.shared > 0)) return false;
    if (exclusive) this.exclusive = true;
    else this.shared++;
    return true;
  }

  drop(exclusive: boolean): void {
    if (exclusive) this.exclusive = false;
    else this.shared--;
    while (this.waiting.length > 0 && this.take(this.waiting[0]!.exclusive)) this.waiting.shift()!.go();
  }

  get idle(): boolean {
    return !this.exclusive && this.shared === 0 && this.waiting.length === 0;
  }
}

/**
 * Keeps a name from becoming another tenant's between the look-up that found whose it is and the answer of the call
 * that rests on it. A name can only become somebody's by a creation or a rename, so these wait for the requests that
 * are using it, and those that come meanwhile wait for them. Ids need none of this: they are never given out twice.
 *
 * Locks are of this process. Between replicas the moment remains, from look-up to call, in which a tenant would have
 * to delete its own name and another take it (docs/tenancy.md).
 *
 * @example
 * const release = await locks.hold(['registered-model\nchurn'], []);
 */
export class NameLocks {
  readonly #locks = new Map<string, Lock>();
  readonly #timeoutMs: number;

  /** @param timeoutMs how long a name is waited for */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Holds names: `used` together with others who use them, `taken` alone.
   *
   * @throws DenialError `name_busy` after the timeout; nothing is held then
   */
  async hold(used: readonly string[], taken: readonly string[]): Promise<Release> {
    const wanted = new Map<string, boolean>();
    for (const name of used) wanted.set(fold(name), false);
    for (const name of taken) wanted.set(fold(name), true);
    const held: Release[] = [];
    let done = false;
    const release = (): void => {
      if (done) return;
      done = true;
      for (const drop of held) drop();
    };
    try {
      // In one order everywhere, so that no two requests wait for each other.
      for (const name of [...wanted.keys()].sort()) held.push(await this.#take(name, wanted.get(name)!));
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** How many names are held or waited for. */
  get size(): number {
    return this.#locks.size;
  }

  async #take(name: string, exclusive: boolean): Promise<Release> {
    const lock = this.#locks.get(name) ?? new Lock();
    this.#locks.set(name, lock);
    // Whoever waits goes first, or a name in constant use could never be taken.
    if (lock.waiting.length > 0 || !lock.take(exclusive)) await this.#wait(lock, exclusive);
    return () => {
      lock.drop(exclusive);
      if (lock.idle) this.#locks.delete(name);
    };
  }

  #wait(lock: Lock, exclusive: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        lock.waiting.splice(lock.waiting.indexOf(waiter), 1);
        reject(
          new DenialError('name_busy', 'The name is in use by other requests; try again.', {
            'retry-after': '1',
          }),
        );
      }, this.#timeoutMs);
      const waiter: Waiter = {
        exclusive,
        go: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      lock.waiting.push(waiter);
    });
  }
}

/** Databases that do not tell upper from lower case take both for one name. */
function fold(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}
