import { LIMITS } from '../limits.ts';
import { DenialError } from './denial.ts';

/** What one request holds of the budget. */
export interface Lease {
  /**
   * Takes more.
   *
   * @param bytes of memory
   * @throws DenialError `body_budget_exhausted`; what was held before is still held
   */
  grow(bytes: number): void;
  /** Gives all of it back; called again it does nothing. */
  release(): void;
}

export interface BodyBudgetOptions {
  /** Bytes of memory for all together. Default `LIMITS.bodyBudget`. */
  readonly capacity?: number;
  /** The part of it that one holder may have, from 0 to 1. Default `LIMITS.bodyBudgetShare`. */
  readonly share?: number;
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

/**
 * The memory for all bodies that are held whole at one time, requests and answers. Each alone is bounded, but their
 * number is not. No holder (a tenant) can have all of it, so that one that fills its share leaves room for others.
 *
 * Nobody waits for room: a caller who waits holds a connection, and clients of MLflow try again by themselves.
 *
 * @example
 * const lease = budget.open('team-a');
 * try {
 *   lease.grow(memoryOfBytes(4096));
 * } finally {
 *   lease.release();
 * }
 */
export class BodyBudget {
  readonly #capacity: number;
  readonly #mostOfOne: number;
  readonly #held = new Map<string, number>();
  #used = 0;

  constructor({
    capacity = LIMITS.bodyBudget.value,
    share = LIMITS.bodyBudgetShare.value / 100,
  }: BodyBudgetOptions = {}) {
    this.#capacity = capacity;
    this.#mostOfOne = capacity * share;
  }

  /** Bytes that are held now. */
  get used(): number {
    return this.#used;
  }

  /** @param holder for whom; holders that are equal share their part */
  open(holder: string): Lease {
    let held = 0;
    let open = true;
    return {
      grow: (bytes) => {
        if (!open) throw new Error('a lease that was released cannot grow');
        this.#take(holder, bytes);
        held += bytes;
      },
      release: () => {
        if (!open) return;
        open = false;
        if (held > 0) this.#give(holder, held);
      },
    };
  }

  #take(holder: string, bytes: number): void {
    const own = (this.#held.get(holder) ?? 0) + bytes;
    if (own > this.#mostOfOne) throw exhausted('of this tenant ');
    if (this.#used + bytes > this.#capacity) throw exhausted('');
    this.#used += bytes;
    this.#held.set(holder, own);
  }

  #give(holder: string, bytes: number): void {
    this.#used -= bytes;
    const left = this.#held.get(holder)! - bytes;
    if (left === 0) this.#held.delete(holder);
    else this.#held.set(holder, left);
  }
}

function exhausted(whose: string): DenialError {
  return new DenialError(
    'body_budget_exhausted',
    `The gateway holds as many bodies ${whose}as it has memory for. Try again, or send less at once.`,
    { 'retry-after': '1' },
  );
}
