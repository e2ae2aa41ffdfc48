import { DenialError } from '../../../denial.ts';
import { LIMITS } from '../../../limits.ts';
import { collationFold } from '../../collation.ts';
import type { NamesToLock } from '../../ruling.ts';
import type { NameLock } from '../../tenancy-strategy.ts';

/**
 * Most requests that wait to take one name. Each delays the requests that use it for as long as MLflow needs to refuse it, and
 * any caller may ask for another tenant's name.
 */
export const MOST_TAKERS = LIMITS.nameTakers.value;

/**
 * How a name is locked: with all other requests that use it, with no other request, or with the other requests of the tenant
 * of this name.
 */
type Mode = typeof SHARED | typeof EXCLUSIVE | string;
const SHARED = Symbol('shared');
const EXCLUSIVE = Symbol('exclusive');

interface Waiter {
  readonly mode: Mode;
  readonly go: () => void;
}

class Lock {
  #holders = 0;
  #mode: Mode = SHARED;
  readonly waiting: Waiter[] = [];

  take(mode: Mode): boolean {
    if (this.#holders > 0 && (mode === EXCLUSIVE || mode !== this.#mode)) return false;
    this.#mode = mode;
    this.#holders++;
    return true;
  }

  release(): void {
    this.#holders--;
    this.#serve();
  }

  leave(waiter: Waiter): void {
    this.waiting.splice(this.waiting.indexOf(waiter), 1);
    this.#serve();
  }

  #serve(): void {
    for (let next = this.waiting[0]; next !== undefined && this.take(next.mode); next = this.waiting[0]) {
      this.waiting.shift();
      next.go();
    }
  }

  /** How many requests wait for it exclusively. */
  get takers(): number {
    return this.waiting.reduce((sum, { mode }) => sum + Number(mode === EXCLUSIVE), 0);
  }

  get idle(): boolean {
    return this.#holders === 0 && this.waiting.length === 0;
  }
}

/**
 * Keeps a name from becoming another tenant's between the lookup that found its owner and MLflow's response to the request
 * that relies on it. A name gets an owner by a creation or a rename only, so these wait for the requests in flight that use
 * the name, and later requests wait for them. Ids that MLflow assigns need no lock: it assigns none twice. Ids that callers
 * choose are locked per tenant: requests of one tenant do not wait for each other, whether they create, change or delete the
 * resource; those of another tenant do.
 *
 * A lock is held until MLflow has answered, however slowly the caller reads the response, and even if the caller leaves:
 * otherwise a caller could leave a change in flight, give the name up, and have the change done to the tenant that took the
 * name. If MLflow does not answer in time, names that were used stay locked for as long again.
 *
 * Locks are per process. With several replicas no name is given up (docs/adr/0029-names-and-replicas.md).
 *
 * @example
 * const lock = await locks.lock({ shared: ['registered-model\nchurn'], exclusive: [], perTenant: [] }, 'team-a');
 * lock.release();
 */
export class NameLocks {
  readonly #locks = new Map<string, Lock>();
  readonly #timeoutMs: number;

  /** @param timeoutMs longest wait for a name */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** @throws DenialError `name_busy` after the timeout; no name is locked then */
  async lock({ shared, exclusive, perTenant }: NamesToLock, tenant: string): Promise<NameLock> {
    const wanted = new Map<string, Mode>();
    for (const name of shared) wanted.set(collationFold(name), SHARED);
    for (const name of perTenant) wanted.set(collationFold(name), tenant);
    for (const name of exclusive) wanted.set(collationFold(name), EXCLUSIVE);
    let held: { readonly mode: Mode; readonly release: () => void }[] = [];
    const releaseAll = (some: typeof held): void => {
      for (const one of some) one.release();
    };
    const release = (): void => {
      releaseAll(held);
      held = [];
    };
    const giveUp = (): void => {
      // A name that was to be taken is unlocked at once, or anybody could keep a tenant from its own name.
      const used = held.filter(({ mode }) => mode !== EXCLUSIVE);
      releaseAll(held.filter(({ mode }) => mode === EXCLUSIVE));
      held = [];
      setTimeout(() => releaseAll(used), this.#timeoutMs).unref();
    };
    try {
      // In one order everywhere, so that no two requests wait for each other.
      for (const [name, mode] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
        held.push({ mode, release: await this.#take(name, mode) });
      }
    } catch (error) {
      release();
      throw error;
    }
    return { release, giveUp };
  }

  /** How many names are locked or waited for. */
  get size(): number {
    return this.#locks.size;
  }

  async #take(name: string, mode: Mode): Promise<() => void> {
    const lock = this.#locks.get(name) ?? new Lock();
    this.#locks.set(name, lock);
    // Requests that wait go first, or a name in constant use could never be taken.
    if (lock.waiting.length > 0 || !lock.take(mode)) await this.#wait(lock, mode);
    return () => {
      lock.release();
      if (lock.idle) this.#locks.delete(name);
    };
  }

  #wait(lock: Lock, mode: Mode): Promise<void> {
    if (mode === EXCLUSIVE && lock.takers >= MOST_TAKERS) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        lock.leave(waiter);
        reject(busy());
      }, this.#timeoutMs);
      const waiter: Waiter = {
        mode,
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
