import { hash } from 'node:crypto';
import { BoundedCache } from '../bounded-cache.ts';

/** How a {@link TokenCache} is bounded. */
export interface TokenCacheOptions {
  /** Everything the result depends on besides the token: issuer, audience, algorithms, claim names. */
  readonly scope: readonly unknown[];
  /** The most entries kept; the least recently used is evicted first. 0 turns the cache off. */
  readonly capacity: number;
  /** The longest lifetime of an entry; the token is verified again afterwards. */
  readonly maxAgeSeconds: number;
}

interface Entry<T> {
  readonly value: T;
  readonly generation: number;
}

/**
 * Caches the principals of verified tokens, so that a repeated token costs a digest in place of a signature check.
 *
 * - It holds accepted tokens only. One token has many spellings that all verify, so a cache of refusals could be
 *   bypassed (jose's SECURITY.md, "Token String Identity").
 * - The key is the SHA-256 of a fixed-length digest of the scope and the token: no two (scope, token) pairs share a key
 *   (see `advisories/GHSA-4mq7-pvjg-xp2r.test.ts`), and no token stays in memory.
 * - An entry expires with its token, which is checked on every hit, at the maximum age, or when the set of signing keys
 *   changes, whichever is first.
 *
 * @example
 * cache.set(key, principal, { generation, expiresAt: payload.exp, now: Date.now() });
 * cache.get(cache.key(token), generation, Date.now());
 */
export class TokenCache<T> {
  readonly #entries: BoundedCache<Entry<T>>;
  readonly #prefix: string;
  readonly #maxAgeMs: number;
  #hits = 0;
  #misses = 0;

  constructor(options: TokenCacheOptions) {
    this.#prefix = hash('sha256', JSON.stringify(options.scope), 'hex');
    this.#maxAgeMs = options.maxAgeSeconds * 1000;
    this.#entries = new BoundedCache(options.capacity, this.#maxAgeMs, Date.now);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many calls of `get` returned a value. */
  get hits(): number {
    return this.#hits;
  }

  /** How many did not. */
  get misses(): number {
    return this.#misses;
  }

  key(token: string): string {
    return hash('sha256', this.#prefix + token, 'base64');
  }

  /**
   * @param generation of the current signing keys
   * @param now milliseconds since the epoch
   */
  get(key: string, generation: number, now: number): T | undefined {
    const entry = this.#entries.touch(key, now);
    if (entry?.generation === generation) {
      this.#hits++;
      return entry.value;
    }
    this.#entries.delete(key);
    this.#misses++;
    return undefined;
  }

  /**
   * @param facts `generation`: of the keys in use when verification began, so that a result is not used after the keys
   * changed; `expiresAt`: the token's `exp`, in seconds since the epoch; `now`: in milliseconds since the epoch
   */
  set(
    key: string,
    value: T,
    facts: { readonly generation: number; readonly expiresAt: number; readonly now: number },
  ): void {
    const until = Math.min(facts.expiresAt * 1000, facts.now + this.#maxAgeMs);
    if (facts.now < until) this.#entries.set(key, { value, generation: facts.generation }, until);
  }
}
