import { errors } from 'jose';
import { DenialError } from '../denial.ts';
import { type KeySource, selectKeys, type UsableKeys } from './jwks.ts';
import { discoverJwksUri, type Fetch, fetchJson, type ProviderRequest } from './provider-fetch.ts';

/** A log of single lines, such as pino. */
export interface KeyLog {
  info(message: string): void;
  warn(message: string): void;
}

/** All times in seconds. */
export interface RemoteKeysOptions {
  readonly issuer: string;
  /** Found by discovery when absent. */
  readonly jwksUri?: string | undefined;
  /** Finds the URI of the keys at each fetch, in place of `jwksUri` and discovery. */
  readonly locate?: ((request: ProviderRequest) => Promise<string>) | undefined;
  readonly algorithms: readonly string[];
  /** The time between fetches in the background. Default 600. */
  readonly refreshSeconds?: number | undefined;
  /** The shortest time between any fetch, successful or not, and a fetch for an unknown key. Default 30. */
  readonly cooldownSeconds?: number | undefined;
  /** How long known keys stay in use while fetches fail. Default 86400. */
  readonly maxStaleSeconds?: number | undefined;
  /** First and longest pause after a failed fetch; it doubles in between. Default 1 and 60. */
  readonly backoffSeconds?: { readonly first: number; readonly longest: number } | undefined;
  /** For one document, headers and body. Default 5. */
  readonly timeoutSeconds?: number | undefined;
  readonly log?: KeyLog | undefined;
  /** Called at the end of every fetch with whether there are usable keys. */
  readonly onFetch?: ((ok: boolean) => void) | undefined;
  /** For tests. */
  readonly fetch?: Fetch | undefined;
  /** For tests: a monotonic clock in milliseconds. */
  readonly monotonic?: (() => number) | undefined;
}

/**
 * Keys fetched from the identity provider, kept fresh in the background.
 *
 * The gateway fetches the keys at most a few times a minute, for any number of tokens: a token with an unknown `kid`
 * triggers one fetch, and then none for the cooldown, which starts after every attempt. (The cooldown of jose's own
 * `createRemoteJWKSet` starts only after a successful fetch, so that each bad token opens a connection while the
 * endpoint is down.) Concurrent callers share one fetch.
 *
 * The gateway starts even if the provider is down; it answers `keys_unavailable` and keeps trying. If the provider goes
 * down later, callers notice nothing until the known keys are older than `maxStaleSeconds`. A fetched document replaces
 * all earlier keys, so a withdrawn key is no longer valid (GHSA-675f-rq2r-jw82), even if no key is left.
 *
 * @example
 * const keys = createRemoteKeys({ issuer: 'https://idp.example', algorithms: ['RS256'] });
 * // ...
 * keys.close();
 */
export function createRemoteKeys(options: RemoteKeysOptions): KeySource {
  return new RemoteKeys(options);
}

class RemoteKeys implements KeySource {
  readonly #options: RemoteKeysOptions;
  readonly #fetch: Fetch;
  readonly #now: () => number;
  readonly #cooldownMs: number;
  readonly #maxStaleMs: number;
  readonly #closing = new AbortController();

  #keys: UsableKeys | undefined;
  #loadedAt = 0;
  #generation = 0;
  #failures = 0;
  #problem = 'not fetched yet';
  #discovered: string | undefined;
  #running: Promise<void> | undefined;
  #quietUntil = 0;
  #nextAttempt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
    this.#fetch = options.fetch ?? fetch;
    this.#now = options.monotonic ?? (() => performance.now());
    this.#cooldownMs = (options.cooldownSeconds ?? 30) * 1000;
    this.#maxStaleMs = (options.maxStaleSeconds ?? 86_400) * 1000;
    void this.#refresh();
  }

  generation(): number {
    this.#dropStale();
    return this.#generation;
  }

  readonly find: KeySource['find'] = async (header, token) => {
    if (this.#current() === undefined) await this.#running;
    const keys = this.#current() ?? this.#unavailable();
    const before = this.#generation;
    try {
      return await keys.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#refetch();
      if (this.#generation === before) throw error;
    }
    return (this.#current() ?? this.#unavailable()).find(header, token);
  };

  ready(): { readonly ok: true } | { readonly ok: false; readonly why: string } {
    if (this.#current() !== undefined) return { ok: true };
    return { ok: false, why: `no signing keys of the issuer: ${this.#problem}` };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#closing.abort();
  }

  #current(): UsableKeys | undefined {
    this.#dropStale();
    return this.#keys;
  }

  #dropStale(): void {
    if (this.#keys !== undefined && this.#now() - this.#loadedAt > this.#maxStaleMs) this.#replace(undefined);
  }

  #replace(keys: UsableKeys | undefined): void {
    if (keys?.fingerprint === this.#keys?.fingerprint) return;
    this.#keys = keys;
    this.#generation++;
  }

  #unavailable(): never {
    const seconds = Math.max(1, Math.ceil((this.#nextAttempt - this.#now()) / 1000));
    throw new DenialError(
      'keys_unavailable',
      'The keys of the identity provider are not available, try again',
      {
        'Retry-After': String(seconds),
      },
    );
  }

  /** Fetches unless in the cooldown; joins a fetch in flight. */
  async #refetch(): Promise<void> {
    if (this.#running === undefined && this.#now() < this.#quietUntil) return;
    await this.#refresh();
  }

  #refresh(): Promise<void> {
    this.#running ??= this.#attempt().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #attempt(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      this.#accept(await this.#load());
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#failed(error instanceof Error ? error.message : 'failed');
    }
    this.#schedule();
  }

  async #load(): Promise<UsableKeys> {
    const { issuer, jwksUri, locate, algorithms, timeoutSeconds = 5 } = this.#options;
    const request: ProviderRequest = {
      fetch: this.#fetch,
      timeoutMs: timeoutSeconds * 1000,
      signal: this.#closing.signal,
    };
    const uri =
      (await locate?.(request)) ?? jwksUri ?? this.#discovered ?? (await discoverJwksUri(issuer, request));
    this.#discovered = undefined;
    const document = await fetchJson(uri, request);
    const keys = readKeys(document, algorithms, uri);
    // Only an address that works is kept; after a failure it is discovered again.
    this.#discovered = uri;
    return keys;
  }

  #accept(keys: UsableKeys): void {
    this.#loadedAt = this.#now();
    const changed = keys.fingerprint !== this.#keys?.fingerprint;
    this.#replace(keys.count === 0 ? undefined : keys);
    if (changed) {
      const ignored = keys.ignored.length === 0 ? '' : ` (ignored: ${keys.ignored.join('; ')})`;
      this.#options.log?.info(`${keys.count} signing keys fetched${ignored}`);
    }
    if (keys.count === 0) this.#failed(`none of the ${keys.ignored.length} published keys is usable`);
    else {
      this.#failures = 0;
      this.#options.onFetch?.(true);
    }
  }

  #failed(problem: string): void {
    this.#failures++;
    this.#problem = problem;
    this.#options.onFetch?.(false);
    this.#options.log?.warn(`signing keys: ${problem} (failure ${this.#failures} in a row)`);
  }

  #schedule(): void {
    if (this.#closing.signal.aborted) return;
    const { refreshSeconds = 600, backoffSeconds = { first: 1, longest: 60 } } = this.#options;
    const seconds =
      this.#failures === 0
        ? refreshSeconds
        : Math.min(backoffSeconds.longest, backoffSeconds.first * 2 ** (this.#failures - 1));
    // A random part, at least half: replicas that started together do not fetch together.
    const pause = seconds * 1000 * (0.5 + Math.random() / 2);
    this.#nextAttempt = this.#now() + pause;
    this.#quietUntil = this.#now() + Math.max(this.#cooldownMs, this.#failures === 0 ? 0 : pause);
    this.#timer = setTimeout(() => void this.#refresh(), pause).unref();
  }
}

function readKeys(document: unknown, algorithms: readonly string[], uri: string): UsableKeys {
  try {
    return selectKeys(document, algorithms);
  } catch (error) {
    throw new Error(`${uri}: ${(error as Error).message}`);
  }
}
