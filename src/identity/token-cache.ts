import { hash } from 'node:crypto';

/** How a {@link TokenCache} is bounded. */
export interface TokenCacheOptions {
  /** Everything an answer depends on besides the token: issuer, audience, algorithms, claim names. */
  readonly scope: readonly unknown[];
  /** Most entries kept; the least recently used goes first. 0 turns the cache off. */
  readonly capacity: number;
  /** An entry is verified anew after this long, whatever its expiry. */
  readonly maxAgeSeconds: number;
}

interface Entry<T> {
  readonly value: T;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly generation: number;
}

/**
 * Remembers what verified tokens said, so that an API call need not pay for a signature check.
 *
 * - Only accepted tokens are in it. One token has many spellings that verify alike, so a cache of refusals could be
 *   walked around (jose's SECURITY.md, "Token String Identity").
 * - The key is SHA-256 over a fixed-length digest of the scope and the token: no two (scope, token) pairs share one
 *   (see `advisories/GHSA-4mq7-pvjg-xp2r.test.ts`), and no token stays in memory.
 * - An entry ends at the token's own expiry, which is looked at on every hit, at the maximum age, or as soon as the
 *   set of signing keys changes, whichever comes first.
 *
 * @example
 * cache.set(key, principal, { generation, expiresAt: payload.exp, now: Date.now() });
 * cache.get(cache.key(token), generation, Date.now());
 */
export class TokenCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #prefix: string;
  readonly #capacity: number;
  readonly #maxAgeMs: number;
  #hits = 0;
  #misses = 0;

  constructor(options: TokenCacheOptions) {
    this.#prefix = hash('sha256', JSON.stringify(options.scope), 'hex');
    this.#capacity = options.capacity;
    this.#maxAgeMs = options.maxAgeSeconds * 1000;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How often `get` found an answer that still counts. */
  get hits(): number {
    return this.#hits;
  }

  /** How often it did not. */
  get misses(): number {
    return this.#misses;
  }

  key(token: string): string {
    return hash('sha256', this.#prefix + token, 'base64');
  }

  /**
   * @param generation of the signing keys in use now
   * @param now milliseconds since the epoch
   */
  get(key: string, generation: number, now: number): T | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#entries.delete(key);
    if (entry === undefined || entry.generation !== generation || now >= entry.until) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    // Back in as the youngest: a Map keeps insertion order.
    this.#entries.set(key, entry);
    return entry.value;
  }

  /**
   * @param facts `generation`: of the keys in use when verification began, so that an answer which a key change
   * overtook is never used; `expiresAt`: the token's `exp`, in seconds since the epoch; `now`: in milliseconds
   */
  set(
    key: string,
    value: T,
    facts: { readonly generation: number; readonly expiresAt: number; readonly now: number },
  ): void {
    const until = Math.min(facts.expiresAt * 1000, facts.now + this.#maxAgeMs);
    if (this.#capacity === 0 || facts.now >= until) return;
    this.#entries.delete(key);
    if (this.#entries.size >= this.#capacity) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    this.#entries.set(key, { value, until, generation: facts.generation });
  }
}
