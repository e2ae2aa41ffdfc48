import { randomBytes } from 'node:crypto';

const MAX_ENTRIES = 100;

/**
 * Values by unguessable names that only this process knows, each until it ends. At most 100 are kept: the oldest goes first.
 *
 * @example
 * const sessions = new Named<Session>();
 * const name = sessions.add(session, 3600);
 * sessions.get(name);
 */
export class Named<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly ends: number }>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @param seconds how long the value is kept */
  add(value: Value, seconds: number): string {
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!);
    const name = randomBytes(32).toString('base64url');
    this.#entries.set(name, { value, ends: this.#now() + seconds * 1_000 });
    return name;
  }

  get(name: string): Value | undefined {
    const entry = this.#entries.get(name);
    return entry !== undefined && entry.ends > this.#now() ? entry.value : undefined;
  }

  /** Like `get`, and the name is unknown from then on. */
  take(name: string): Value | undefined {
    const value = this.get(name);
    this.#entries.delete(name);
    return value;
  }
}
