import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';

/** What one request holds of the budget. */
export interface Lease {
  /**
   * Takes more.
   *
   * @param bytes of memory
   * @throws DenialError `body_budget_exhausted`; what was held before is still held
   */
  grow(bytes: number): void;
  /** Refuses as `grow` would now, and takes nothing. */
  requireRoom(bytes: number): void;
  /** Gives all of it back; called again it does nothing. */
  release(): void;
}

export interface BodyBudgetOptions {
  /** Bytes of memory for all together. Default `LIMITS.bodyBudget`. */
  readonly capacity?: number;
  /** The part of it for one tenant, in percent. Default `LIMITS.bodyBudgetOfTenant`. */
  readonly ofTenant?: number;
  /** The part of it for one caller, in percent. Default `LIMITS.bodyBudgetOfCaller`. */
  readonly ofCaller?: number;
}

/** What a byte of a body comes to: itself, its text, what is parsed of it, and what is written of that. */
const MEMORY_PER_BYTE = 4;
/** What a value, a key or a field comes to, as an object with a place in its parent. */
const MEMORY_PER_OBJECT = 64;

/** Memory for a body of so many bytes. */
export function memoryOfBytes(bytes: number): number {
  return bytes * MEMORY_PER_BYTE;
}

/** Memory for so many values, keys or fields. */
export function memoryOfObjects(objects: number): number {
  return objects * MEMORY_PER_OBJECT;
}

/** The budget for a gateway that takes bodies of so many bytes: the same number of them at a time. */
export function capacityFor(maxBodyBytes: number): number {
  const { bodyBudget, bodyBytes } = LIMITS;
  return bodyBudget.value * Math.max(1, maxBodyBytes / bodyBytes.value);
}

/**
 * The memory for all bodies that are held whole at one time, requests and answers. Each alone is bounded, but their
 * number is not. Neither a tenant nor a caller can have all of it: one that fills its part leaves room for others.
 *
 * Nobody waits for room: a caller who waits holds a connection, and clients of MLflow try again by themselves.
 *
 * @example
 * const lease = budget.open('team-a', 'alice');
 * try {
 *   lease.grow(memoryOfBytes(4096));
 * } finally {
 *   lease.release();
 * }
 */
export class BodyBudget {
  readonly #capacity: number;
  readonly #tenants: Holders;
  readonly #callers: Holders;
  #used = 0;

  constructor({
    capacity = LIMITS.bodyBudget.value,
    ofTenant = LIMITS.bodyBudgetOfTenant.value,
    ofCaller = LIMITS.bodyBudgetOfCaller.value,
  }: BodyBudgetOptions = {}) {
    this.#capacity = capacity;
    this.#tenants = new Holders((capacity * ofTenant) / 100);
    this.#callers = new Holders((capacity * ofCaller) / 100);
  }

  /** Bytes that are held now. */
  get used(): number {
    return this.#used;
  }

  /** @param caller within the tenant */
  open(tenant: string, caller: string): Lease {
    const name = `${tenant}\n${caller}`;
    let held = 0;
    let open = true;
    const requireRoom = (bytes: number): void => {
      if (!this.#callers.hasRoom(name, bytes)) throw exhausted('of this caller ');
      if (!this.#tenants.hasRoom(tenant, bytes)) throw exhausted('of this tenant ');
      if (this.#used + bytes > this.#capacity) throw exhausted('');
    };
    const move = (bytes: number): void => {
      this.#used += bytes;
      this.#tenants.move(tenant, bytes);
      this.#callers.move(name, bytes);
    };
    return {
      requireRoom,
      grow: (bytes) => {
        if (!open) throw new Error('a lease that was released cannot grow');
        requireRoom(bytes);
        move(bytes);
        held += bytes;
      },
      release: () => {
        if (open && held > 0) move(-held);
        open = false;
      },
    };
  }
}

class Holders {
  readonly #held = new Map<string, number>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  hasRoom(name: string, bytes: number): boolean {
    return (this.#held.get(name) ?? 0) + bytes <= this.#most;
  }

  move(name: string, bytes: number): void {
    const held = (this.#held.get(name) ?? 0) + bytes;
    if (held === 0) this.#held.delete(name);
    else this.#held.set(name, held);
  }
}

function exhausted(whose: string): DenialError {
  return new DenialError(
    'body_budget_exhausted',
    `The gateway holds as many bodies ${whose}as it has memory for. Try again, or send less at once.`,
    { 'retry-after': '1' },
  );
}
