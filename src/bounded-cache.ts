interface Entry<V> {
  readonly value: V;
  readonly until: number;
}

/**
 * A map with at most `size` entries, each of which expires. It holds only facts that cannot change through the gateway
 * within the lifetime of an entry. A new entry beyond `size` evicts the one that was set, or read by {@link touch}, the
 * longest ago.
 *
 * @example
 * const cache = new BoundedCache<string>(1000, 60_000);
 * cache.set('a', 'b');
 * cache.get('a'); // 'b', for a minute
 */
export class BoundedCache<V> {
  /** In order of eviction: a `Map` keeps the order of insertion. */
  readonly #entries = new Map<string, Entry<V>>();
  readonly #size: number;
  readonly #ttlMs: number;
  readonly #now: () => number;

  /**
   * @param size the most entries kept; 0 keeps none
   * @param ttlMs the lifetime of an entry
   * @param now a clock in milliseconds
   */
  constructor(size: number, ttlMs: number, now: () => number = () => performance.now()) {
    this.#size = size;
    this.#ttlMs = ttlMs;
    this.#now = now;
  }

  /** The number of entries, including expired ones that were not read since. */
  get size(): number {
    return this.#entries.size;
  }

  /** Returns the value of a key that has not expired; its place in the order of eviction stays. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > this.#now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** Returns the value of a key that has not expired, and makes it the last to be evicted. */
  touch(key: string, now: number = this.#now()): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.until <= now) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** @param until when the entry expires, by the clock of the cache */
  set(key: string, value: V, until: number = this.#now() + this.#ttlMs): void {
    if (this.#size === 0) return;
    this.#entries.delete(key);
    if (this.#entries.size >= this.#size) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, { value, until });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
