import { DenialError } from '../../../denial.ts';
import { LIMITS } from '../../../limits.ts';
import { collationFold } from '../../collation.ts';
import type { Hold } from '../../tenancy-strategy.ts';

/**
 * How many may wait to take one name. Each holds up those who use it for as long as MLflow needs to refuse it, and
 * whoever wants to may ask for a name that is another tenant's.
 */
export const MOST_TAKERS = LIMITS.nameTakers.value;

/** As whom a name is held: together with whoever holds it as the same, `ALONE` with nobody. */
type Holder = string | typeof ALONE;
const ALONE = Symbol('alone');
/** As one of those who use a name. (No tenant is called so.) */
const USER = '';

interface Waiter {
  readonly as: Holder;
  readonly go: () => void;
}

class Lock {
  holders = 0;
  as: Holder = USER;
  readonly waiting: Waiter[] = [];

  take(as: Holder): boolean {
    if (this.holders > 0 && (as === ALONE || as !== this.as)) return false;
    this.as = as;
    this.holders++;
    return true;
  }

  drop(): void {
    this.holders--;
    this.#serve();
  }

  leave(waiter: Waiter): void {
    this.waiting.splice(this.waiting.indexOf(waiter), 1);
    this.#serve();
  }

  #serve(): void {
    while (this.waiting.length > 0 && this.take(this.waiting[0]!.as)) this.waiting.shift()!.go();
  }

  /** How many wait to take it. */
  get takers(): number {
    return this.waiting.reduce((sum, { as }) => sum + Number(as === ALONE), 0);
  }

  get idle(): boolean {
    return this.holders === 0 && this.waiting.length === 0;
  }
}

/**
 * Keeps a name from becoming another tenant's between the look-up that found whose it is and the answer of the call
 * that rests on it. A name can only become somebody's by a creation or a rename, so these wait for the requests that
 * are using it, and those that come meanwhile wait for them. Ids that MLflow gives out need none of this: never twice.
 * Ids that callers choose are held by tenants: one tenant's requests do not wait for each other, whether they make the
 * resource, change or delete it; another's do.
 *
 * That is: until MLflow has answered, however slowly the caller reads the answer, and whether or not it is still there.
 * A caller could else leave a change under way, give its name up, and have the change done to whoever took the name.
 * Where MLflow does not answer in time, names that were used stay held for as long again.
 *
 * Locks are of this process. With several replicas no name is given up (docs/adr/0029-names-and-replicas.md).
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
   * Holds names: `used` together with others who use them, `taken` alone, `chosen` together with the tenant's own.
   *
   * @throws DenialError `name_busy` after the timeout; nothing is held then
   */
  async hold(
    used: readonly string[],
    taken: readonly string[],
    chosen: readonly string[] = [],
    tenant: string = USER,
  ): Promise<Hold> {
    const wanted = new Map<string, Holder>();
    for (const name of used) wanted.set(collationFold(name), USER);
    for (const name of chosen) wanted.set(collationFold(name), tenant);
    for (const name of taken) wanted.set(collationFold(name), ALONE);
    let held: { readonly as: Holder; readonly drop: () => void }[] = [];
    const drop = (some: typeof held): void => {
      for (const one of some) one.drop();
    };
    const release = (): void => {
      drop(held);
      held = [];
    };
    const giveUp = (): void => {
      // A name that was to be taken is not held on to, or anybody could keep a tenant from its own.
      const uses = held.filter(({ as }) => as !== ALONE);
      drop(held.filter(({ as }) => as === ALONE));
      held = [];
      setTimeout(() => drop(uses), this.#timeoutMs).unref();
    };
    try {
      // In one order everywhere, so that no two requests wait for each other.
      for (const name of [...wanted.keys()].sort()) {
        const as = wanted.get(name)!;
        held.push({ as, drop: await this.#take(name, as) });
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

  async #take(name: string, as: Holder): Promise<() => void> {
    const lock = this.#locks.get(name) ?? new Lock();
    this.#locks.set(name, lock);
    // Whoever waits goes first, or a name in constant use could never be taken.
    if (lock.waiting.length > 0 || !lock.take(as)) await this.#wait(lock, as);
    return () => {
      lock.drop();
      if (lock.idle) this.#locks.delete(name);
    };
  }

  #wait(lock: Lock, as: Holder): Promise<void> {
    if (as === ALONE && lock.takers >= MOST_TAKERS) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        lock.leave(waiter);
        reject(busy());
      }, this.#timeoutMs);
      const waiter: Waiter = {
        as,
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
