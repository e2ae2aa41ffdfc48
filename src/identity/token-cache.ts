import { hash } from 'node:crypto';
import { BoundedCache } from '../bounded-cache.ts';

/** How a {@link TokenCache} is bounded. */
export interface TokenCacheOptions {
  /** The most entries kept; the least recently used is evicted first. 0 turns the cache off. */
  readonly capacity: number;
  /** The longest lifetime of an entry; the token is verified again afterwards. */
  readonly maxAgeSeconds: number;
}

/** Verified a token: an issuer, as it is configured now. */
export interface Verifier {
  /** Changes when its tokens must be verified again, as with its keys. */
  generation(): number;
}

interface Entry<T> {
  readonly value: T;
  readonly by: Verifier;
  readonly generation: number;
}

/**
 * Caches the principals of verified tokens, so that a repeated token costs a digest in place of a signature check. All issuers share it:
 * an entry knows its verifier, so that a hit needs no look into the token.
 *
 * - It holds accepted tokens only. One token has many spellings that all verify, so a cache of refusals could be
 *   bypassed (jose's SECURITY.md, "Token String Identity").
 * - The key is the SHA-256 of the token: no two tokens share a key, and no token stays in memory.
 * - An entry expires with its token, which is checked on every hit, at the maximum age, or when its verifier changes its generation, as
 *   for new signing keys or a new configuration (see `advisories/GHSA-4mq7-pvjg-xp2r.test.ts`), whichever is first.
 *
 * @example
 * cache.set(key, principal, { by: issuer, generation, expiresAt: payload.exp, now: Date.now() });
 * cache.get(cache.key(token), Date.now());
 */
export class TokenCache<T> {
  readonly #entries: BoundedCache<Entry<T>>;
  readonly #maxAgeMs: number;
  #hits = 0;
  #misses = 0;

  constructor(options: TokenCacheOptions) {
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
    return hash('sha256', token, 'base64');
  }

  /** @param now milliseconds since the epoch */
  get(key: string, now: number): T | undefined {
    const entry = this.#entries.touch(key, now);
    if (entry !== undefined && entry.by.generation() === entry.generation) {
      this.#hits++;
      return entry.value;
    }
    this.#entries.delete(key);
    this.#misses++;
    return undefined;
  }

  /**
   * @param facts `by`: the verifier; `generation`: its generation when verification began, so that a result is not used after the keys
   * changed; `expiresAt`: the token's `exp`, in seconds since the epoch; `now`: in milliseconds since the epoch
   */
  set(
    key: string,
    value: T,
    facts: {
      readonly by: Verifier;
      readonly generation: number;
      readonly expiresAt: number;
      readonly now: number;
    },
  ): void {
    const { by, generation, expiresAt, now } = facts;
    const until = Math.min(expiresAt * 1000, now + this.#maxAgeMs);
    if (now < until) this.#entries.set(key, { value, by, generation }, until);
  }
}
