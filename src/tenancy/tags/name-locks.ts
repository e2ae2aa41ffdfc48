import { DenialError } from '../../http/denial.ts';
import { collationFold } from '../collation.ts';
import type { Hold } from '../strategy.ts';

/**
 * How many may wait to take one name. Each holds up those who use it for as long as MLflow needs to refuse it, and
 * whoever wants to may ask for a name that is another tenant's.
 */
export const MOST_TAKERS = 8;

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
    this.#serve();
  }

  leave(waiter: Waiter): void {
    this.waiting.splice(this.waiting.indexOf(waiter), 1);
    this.#serve();
  }

  #serve(): void {
    while (this.waiting.length > 0 && this.take(this.waiting[0]!.exclusive)) this.waiting.shift()!.go();
  }

  /** How many wait to take it. */
  get takers(): number {
    return this.waiting.reduce((sum, { exclusive }) => sum + Number(exclusive), 0);
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
 * That is: until MLflow has answered, however slowly the caller reads the answer, and whether or not it is still there.
 * A caller could else leave a change under way, give its name up, and have the change done to whoever took the name.
 * Where MLflow does not answer in time, names that were used stay held for as long again.
 *
 * Locks are of this process. Between replicas the moment remains, from look-up to call, in which a tenant would have
 * to delete its own name and another take it (docs/tenancy.md).
 *
 * @example
 * const hold = await locks.hold(['registered-model\nchurn'], []);
 * hold.release();
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
  async hold(used: readonly string[], taken: readonly string[]): Promise<Hold> {
    const wanted = new Map<string, boolean>();
    for (const name of used) wanted.set(collationFold(name), false);
    for (const name of taken) wanted.set(collationFold(name), true);
    let held: { readonly exclusive: boolean; readonly drop: () => void }[] = [];
    const drop = (some: typeof held): void => {
      for (const one of some) one.drop();
    };
    const release = (): void => {
      drop(held);
      held = [];
    };
    const giveUp = (): void => {
      // A name that was to be taken is not held on to, or anybody could keep a tenant from its own.
      const uses = held.filter(({ exclusive }) => !exclusive);
      drop(held.filter(({ exclusive }) => exclusive));
      held = [];
      setTimeout(() => drop(uses), this.#timeoutMs).unref();
    };
    try {
      // In one order everywhere, so that no two requests wait for each other.
      for (const name of [...wanted.keys()].sort()) {
        const exclusive = wanted.get(name)!;
        held.push({ exclusive, drop: await this.#take(name, exclusive) });
      }
    } catch (error) {
      release();
      throw error;
    }
    return { release, giveUp };
  }

  /** How many names are held or waited for. */
  get size(): number {
    return this.#locks.size;
  }

  async #take(name: string, exclusive: boolean): Promise<() => void> {
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
    if (exclusive && lock.takers >= MOST_TAKERS) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        lock.leave(waiter);
        reject(busy());
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

function busy(): DenialError {
  return new DenialError('name_busy', 'The name is in use by other requests; try again.', {
    'retry-after': '1',
  });
}
