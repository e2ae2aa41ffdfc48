import { hash } from 'node:crypto';
import { BoundedCache } from '../../bounded-cache.ts';
import { DenialError } from '../../denial.ts';
import { readFileBounded } from '../../files/read-file.ts';
import { LIMITS } from '../../limits.ts';
import { unauthorized } from '../bearer.ts';
import type { Introspection } from '../issuer/introspected.ts';
import type { IntrospectionConfig } from '../issuer/issuer-config.ts';
import type { Fetch } from '../provider-fetch.ts';
import { askEndpoint, IntrospectionError, type IntrospectionResponse } from './ask-endpoint.ts';

/** How an introspection ended, for metrics. */
export type IntrospectionResult = 'active' | 'refused' | 'failed';

export interface IntrospectionEndpointOptions {
  readonly config: Pick<IntrospectionConfig, 'uri' | 'clientId' | 'clientSecretFile'>;
  readonly log?: { warn(message: string): void } | undefined;
  /** Called at the end of each request to the endpoint. */
  readonly onResult?: ((result: IntrospectionResult) => void) | undefined;
  /** For tests. */
  readonly fetch?: Fetch | undefined;
  /** For tests: a monotonic clock in milliseconds. */
  readonly monotonic?: (() => number) | undefined;
}

/** The lifetime of a cached refusal, in milliseconds: an inactive token does not become active again, but a mistake ends. */
const REFUSAL_MS = 10_000;

/** The shortest time between two lines of the log, in milliseconds. */
const QUIET_MS = 10_000;

/** The largest file with a client's secret, in bytes. */
const SECRET_BYTES = 4_096;

/**
 * Asks an issuer's introspection endpoint about opaque tokens (RFC 7662). Active tokens are cached by the caller of {@link introspect};
 * refusals here, for 10 seconds, under digests of the tokens.
 *
 * Requests for one token share one introspection. While the endpoint fails, the gateway pauses, for a second and then twice as long
 * each time, for a minute at most, and answers 503 with `Retry-After`. An answer about one token (a 400, a 500) causes no pause: a caller
 * must not be able to stop the introspection of others with a token that the endpoint cannot read.
 *
 * The secret is read from its file for each introspection, so that it can change.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7662
 * @example
 * const endpoint = new IntrospectionEndpoint({ config });
 * const claims = await endpoint.introspect('mF_9.B5f-4.1JqM');
 * endpoint.close();
 */
export class IntrospectionEndpoint implements Introspection {
  readonly #options: IntrospectionEndpointOptions;
  readonly #fetch: Fetch;
  readonly #monotonic: () => number;
  readonly #refused: BoundedCache<DenialError>;
  readonly #running = new Map<string, Promise<IntrospectionResponse>>();
  readonly #closing = new AbortController();
  #failures = 0;
  #pausedUntil = 0;
  #quietUntil = 0;

  constructor(options: IntrospectionEndpointOptions) {
    this.#options = options;
    this.#fetch = options.fetch ?? fetch;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    this.#refused = new BoundedCache(LIMITS.refusedOpaqueTokens.value, REFUSAL_MS, this.#monotonic);
  }

  /**
   * The members of the answer for an active bearer token. The caller checks issuer, audience and times.
   *
   * @throws DenialError `token_inactive`, `token_invalid` (another type of token), `introspection_unavailable`
   */
  async introspect(token: string): Promise<IntrospectionResponse> {
    const key = keyOf(token);
    const refusal = this.#refused.get(key);
    if (refusal !== undefined) throw refusal;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    this.#requireRoom();
    const started = this.#ask(token, key).finally(() => {
      this.#running.delete(key);
    });
    this.#running.set(key, started);
    return started;
  }

  /** Refuses a token for the next 10 seconds without a request: its answer was active, and not acceptable. */
  refuse(token: string, denial: DenialError): void {
    this.#refused.set(keyOf(token), denial);
  }

  /** Ends requests in flight. */
  close(): void {
    this.#closing.abort();
  }

  #requireRoom(): void {
    const pause = this.#pausedUntil - this.#monotonic();
    if (pause > 0) throw unavailable(pause);
    if (this.#running.size >= LIMITS.introspectionsAtOnce.value) throw unavailable(0);
  }

  async #ask(token: string, key: string): Promise<IntrospectionResponse> {
    const { onResult } = this.#options;
    try {
      const response = await this.#send(token);
      this.#failures = 0;
      requireActiveBearer(response);
      onResult?.('active');
      return response;
    } catch (error) {
      if (error instanceof IntrospectionError) {
        onResult?.('failed');
        throw this.#failed(error, key);
      }
      if (error instanceof DenialError) {
        onResult?.('refused');
        this.#refused.set(key, error);
      }
      throw error;
    }
  }

  async #send(token: string): Promise<IntrospectionResponse> {
    const { uri, clientId, clientSecretFile } = this.#options.config;
    const clientSecret = await readSecret(clientSecretFile);
    const question = { uri, clientId, clientSecret, token };
    return askEndpoint(question, { fetch: this.#fetch, signal: this.#closing.signal });
  }

  #failed(error: IntrospectionError, key: string): DenialError {
    if (error.isOutage) this.#pause(error.retryAfterSeconds);
    this.#report(error.message);
    const denial = unavailable(this.#pausedUntil - this.#monotonic());
    // The same token would have the same answer.
    if (!error.isOutage) this.#refused.set(key, denial);
    return denial;
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

  /** Anyone can cause failures, with tokens that the endpoint cannot read: they must not fill the log. */
  #report(problem: string): void {
    const now = this.#monotonic();
    if (this.#closing.signal.aborted || now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    this.#options.log?.warn(`introspection: ${this.#options.config.uri}: ${problem}`);
  }
}

/** A refresh token is active too, and is no access token; a DPoP token needs a proof that the gateway does not check. */
function requireActiveBearer({ active, token_type: type }: IntrospectionResponse): void {
  if (!active) throw unauthorized('token_inactive', 'The token is not active');
  if (type !== undefined && !(typeof type === 'string' && type.toLowerCase() === 'bearer'))
    throw unauthorized('token_invalid', 'The token is not a bearer token (token_type)');
}

/** No token stays in memory. */
function keyOf(token: string): string {
  return hash('sha256', token, 'base64');
}

function unavailable(pauseMs: number): DenialError {
  return new DenialError(
    'introspection_unavailable',
    'The token cannot be checked with its issuer now, try again',
    { 'Retry-After': String(Math.max(1, Math.ceil(pauseMs / 1_000))) },
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
