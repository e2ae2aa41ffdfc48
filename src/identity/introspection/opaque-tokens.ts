import type { JWTPayload } from 'jose';
import { BoundedCache } from '../../bounded-cache.ts';
import { DenialError } from '../../denial.ts';
import { readFileBounded } from '../../files/read-file.ts';
import { LIMITS } from '../../limits.ts';
import type { IntrospectionConfig } from '../issuer/issuer-config.ts';
import type { Principal } from '../principal.ts';
import type { Fetch } from '../provider-fetch.ts';
import { TokenCache } from '../token-cache.ts';
import { askEndpoint, IntrospectionError, type IntrospectionResponse } from './ask-endpoint.ts';
import { checkResponse, type ExpectedResponse } from './check-response.ts';

/** How an introspection ended, for metrics. */
export type IntrospectionResult = 'active' | 'refused' | 'failed';

export interface OpaqueTokensOptions {
  readonly expected: ExpectedResponse;
  readonly config: IntrospectionConfig;
  /** Makes the principal of an active token; throws `DenialError`, as for a JWT. */
  readonly principal: (claims: JWTPayload) => Principal;
  /** Changes whenever `principal` would return another result; cached principals of another generation are dropped. */
  readonly generation?: (() => number) | undefined;
  /** The most active tokens that are cached; 0 caches none. */
  readonly cacheSize: number;
  readonly log?: { warn(message: string): void } | undefined;
  /** Called at the end of each introspection. */
  readonly onResult?: ((result: IntrospectionResult) => void) | undefined;
  /** For tests. */
  readonly fetch?: Fetch | undefined;
  /** For tests: milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** For tests: a monotonic clock in milliseconds. */
  readonly monotonic?: (() => number) | undefined;
}

/** The lifetime of a cached refusal, in milliseconds: a token that was active may never become active again, but a mistake ends. */
const REFUSAL_MS = 10_000;

/** The shortest time between two lines of the log, in milliseconds. */
const QUIET_MS = 10_000;

/** The largest file with a client's secret, in bytes. */
const SECRET_BYTES = 4_096;

/**
 * Identifies callers with opaque tokens by asking the issuer's introspection endpoint (RFC 7662).
 *
 * An active token is cached until its `exp`, and for `cacheSeconds` at most; a refusal for 10 seconds. Only digests of tokens are
 * kept. Requests for one token share one introspection. While the endpoint fails, the gateway pauses, for a second and then twice as long
 * each time, for a minute at most, and answers 503 with `Retry-After`. An answer about one token (a 400, a 500) causes no pause: a caller
 * must not be able to stop the introspection of others with a token that the endpoint cannot read.
 *
 * The secret is read from its file for each introspection, so that it can change.
 *
 * @example
 * const tokens = new OpaqueTokens({ expected, config, principal, cacheSize: 10_000 });
 * const caller = await tokens.identify('mF_9.B5f-4.1JqM');
 * tokens.close();
 */
export class OpaqueTokens {
  readonly #options: OpaqueTokensOptions;
  readonly #fetch: Fetch;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  readonly #active: TokenCache<Principal>;
  readonly #refused: BoundedCache<DenialError>;
  readonly #running = new Map<string, Promise<Principal>>();
  readonly #closing = new AbortController();
  #failures = 0;
  #pausedUntil = 0;
  #quietUntil = 0;

  constructor(options: OpaqueTokensOptions) {
    this.#options = options;
    this.#fetch = options.fetch ?? fetch;
    this.#now = options.now ?? Date.now;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    const { expected, config, cacheSize } = options;
    this.#active = new TokenCache({
      scope: ['introspection', expected.issuer, expected.audience, config.uri],
      capacity: cacheSize,
      maxAgeSeconds: config.cacheSeconds,
    });
    this.#refused = new BoundedCache(LIMITS.refusedOpaqueTokens.value, REFUSAL_MS, this.#monotonic);
  }

  /**
   * The caller with this token; without a promise for a cached one.
   *
   * @throws DenialError `token_inactive`, `token_invalid`, `token_expired`, `introspection_unavailable`, and those of `principal`
   */
  identify(token: string): Promise<Principal> | Principal {
    const key = this.#active.key(token);
    const cached = this.#active.get(key, this.#generation(), this.#now());
    if (cached !== undefined) return cached;
    const refusal = this.#refused.get(key);
    if (refusal !== undefined) throw refusal;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    this.#requireRoom();
    const started = this.#introspect(token, key).finally(() => {
      this.#running.delete(key);
    });
    this.#running.set(key, started);
    return started;
  }

  /** The cache of active tokens. */
  tokens(): { readonly size: number; readonly hits: number; readonly misses: number } {
    const { size, hits, misses } = this.#active;
    return { size, hits, misses };
  }

  /** Ends introspections in flight. */
  close(): void {
    this.#closing.abort();
  }

  #generation(): number {
    return this.#options.generation?.() ?? 0;
  }

  #requireRoom(): void {
    const pause = this.#pausedUntil - this.#monotonic();
    if (pause > 0) throw unavailable(pause);
    if (this.#running.size >= LIMITS.introspectionsAtOnce.value) throw unavailable(0);
  }

  async #introspect(token: string, key: string): Promise<Principal> {
    const generation = this.#generation();
    const { expected, onResult } = this.#options;
    const response = await this.#ask(token, key);
    try {
      const { claims, expiresAt } = checkResponse(response, expected, this.#now() / 1_000);
      const principal = this.#options.principal(claims);
      this.#active.set(key, principal, { generation, expiresAt, now: this.#now() });
      onResult?.('active');
      return principal;
    } catch (error) {
      const isRefusal = error instanceof DenialError;
      onResult?.(isRefusal ? 'refused' : 'failed');
      if (isRefusal) this.#refused.set(key, error);
      throw error;
    }
  }

  async #ask(token: string, key: string): Promise<IntrospectionResponse> {
    const { config, onResult } = this.#options;
    try {
      const clientSecret = await readSecret(config.clientSecretFile);
      const { uri, clientId } = config;
      const question = { uri, clientId, clientSecret, token };
      const response = await askEndpoint(question, { fetch: this.#fetch, signal: this.#closing.signal });
      this.#failures = 0;
      return response;
    } catch (error) {
      if (!(error instanceof IntrospectionError)) throw error;
      onResult?.('failed');
      if (error.isOutage) this.#pause(error.retryAfterSeconds);
      this.#report(error.message);
      const refusal = unavailable(this.#pausedUntil - this.#monotonic());
      // The same token would have the same answer.
      if (!error.isOutage) this.#refused.set(key, refusal);
      throw refusal;
    }
  }

  /** Anyone can cause failures, with tokens that the endpoint cannot read: they must not fill the log. */
  #report(problem: string): void {
    const now = this.#monotonic();
    if (this.#closing.signal.aborted || now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    this.#options.log?.warn(`introspection: ${this.#options.config.uri}: ${problem}`);
  }

  #pause(wanted = 0): void {
    const now = this.#monotonic();
    // Introspections that were in flight together fail together, and count once.
    if (now < this.#pausedUntil) return;
    this.#failures++;
    const seconds = Math.min(LIMITS.introspectionPause.value, Math.max(wanted, 2 ** (this.#failures - 1)));
    // A random part: replicas do not return together.
    this.#pausedUntil = now + seconds * 1_000 * (0.75 + Math.random() / 4);
  }
}

function unavailable(pauseMs: number): DenialError {
  return new DenialError(
    'introspection_unavailable',
    'The token cannot be checked with its issuer now, try again',
    {
      'Retry-After': String(Math.max(1, Math.ceil(pauseMs / 1_000))),
    },
  );
}

async function readSecret(path: string): Promise<string> {
  let secret: string;
  try {
    secret = (await readFileBounded(path, SECRET_BYTES)).replace(/\r?\n$/, '');
  } catch (error) {
    throw new IntrospectionError(`the client's secret cannot be read: ${(error as Error).message}`, true);
  }
  if (secret === '') throw new IntrospectionError("the file of the client's secret is empty", true);
  return secret;
}
