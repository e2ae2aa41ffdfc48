import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';

/** The part of the budget that one request holds. */
export interface Lease {
  /**
   * Takes more memory.
   *
   * @param bytes of memory
   * @throws DenialError `body_budget_exhausted`; the lease keeps what it held
   */
  grow(bytes: number): void;
  /** Throws as `grow` would, and takes nothing. */
  requireRoom(bytes: number): void;
  /** Returns all of the memory. Further calls do nothing. */
  release(): void;
}

export interface BodyBudgetOptions {
  /** Bytes of memory for all requests. Default `LIMITS.bodyBudget`. */
  readonly capacity?: number;
  /** The share of one tenant, in percent. Default `LIMITS.bodyBudgetOfTenant`. */
  readonly ofTenant?: number;
  /** The share of one caller, in percent. Default `LIMITS.bodyBudgetOfCaller`. */
  readonly ofCaller?: number;
}

/** Bytes of memory per byte of a body: the byte, its text, the parsed form, and the written form. */
const MEMORY_PER_BYTE = 4;
/** Bytes of memory per value, key or field: an object and its slot in the parent. */
const MEMORY_PER_OBJECT = 64;

/** Bytes of memory for a body of this length. */
export function memoryOfBytes(bytes: number): number {
  return bytes * MEMORY_PER_BYTE;
}

/** Bytes of memory for this number of values, keys or fields. */
export function memoryOfObjects(objects: number): number {
  return objects * MEMORY_PER_OBJECT;
}

/** The capacity that holds the same number of bodies for another maximum length. */
export function capacityFor(maxBodyBytes: number): number {
  const { bodyBudget, bodyBytes } = LIMITS;
  return bodyBudget.value * Math.max(1, maxBodyBytes / bodyBytes.value);
}

/**
 * The memory for all request and response bodies that are held whole. The length of each is bounded, their number is not. A tenant and
 * a caller have a share each, so that one of them leaves memory for the others.
 *
 * A request never waits for memory: it would hold a connection, and MLflow's clients retry by themselves.
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

  /** Bytes in use. */
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
        if (!open) throw new Error('a released lease cannot grow');
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
    `The memory for bodies ${whose}is exhausted. Try again, or send less at once.`,
    { 'retry-after': '1' },
  );
}
