import { LIMITS } from '../../limits.ts';
import { BodyTooLargeError, type Fetch, failureOf, readBounded } from '../provider-fetch.ts';

/** The request to an introspection endpoint failed. */
export class IntrospectionError extends Error {
  /** Whether the endpoint itself fails, so that a request for another token would fail too. */
  readonly isOutage: boolean;
  /** The pause that the endpoint asks for. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, isOutage: boolean, retryAfterSeconds?: number) {
    super(message);
    this.isOutage = isOutage;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A response; all properties but `active` are as the endpoint sent them. */
export interface IntrospectionResponse extends Readonly<Record<string, unknown>> {
  readonly active: boolean;
}

export interface Question {
  readonly uri: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly token: string;
}

/** Statuses about the endpoint or the client, not about the token. */
const OUTAGES: ReadonlySet<number> = new Set([401, 403, 404, 405, 408, 429, 502, 503, 504]);

/**
 * Asks an introspection endpoint about a token (RFC 7662, section 2.1): one POST with the client's password (`client_secret_basic`). It
 * follows no redirect, since the next address would get the token, and reads at most `LIMITS.introspectionBytes` within
 * `LIMITS.introspectionTime`.
 *
 * @returns the parsed JSON object; only `active` is checked
 * @throws IntrospectionError without any text of the token, the secret or the response
 * @see https://www.rfc-editor.org/rfc/rfc7662
 * @example
 * await askEndpoint({ uri, clientId: 'mlflow-gateway', clientSecret, token }, { fetch, signal });
 */
export async function askEndpoint(
  question: Question,
  options: { readonly fetch: Fetch; readonly signal: AbortSignal },
): Promise<IntrospectionResponse> {
  const timeoutMs = LIMITS.introspectionTime.value * 1_000;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([timeout, options.signal]);
  let text: string;
  try {
    const response = await options.fetch(question.uri, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        authorization: basic(question.clientId, question.clientSecret),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ token: question.token, token_type_hint: 'access_token' }).toString(),
      signal,
    });
    const { status } = response;
    if (status !== 200) {
      await response.body?.cancel();
      const isRedirect = status >= 300 && status < 400;
      const what = isRedirect ? `redirects (${status}): configure the final address` : `answered ${status}`;
      const hint = status === 401 || status === 403 ? '; check the client and its secret' : '';
      throw new IntrospectionError(
        what + hint,
        isRedirect || OUTAGES.has(status),
        secondsOf(response.headers.get('retry-after')),
      );
    }
    text = await readBounded(response, LIMITS.introspectionBytes.value);
  } catch (error) {
    if (error instanceof IntrospectionError) throw error;
    if (error instanceof BodyTooLargeError)
      throw new IntrospectionError(`its response ${error.message}`, false);
    throw new IntrospectionError(
      timeout.aborted ? `no response within ${timeoutMs} ms` : failureOf(error),
      true,
    );
  }
  return readObject(text);
}

/** Both are form-encoded before they are joined (RFC 6749, section 2.3.1): a colon in them would end the name. */
function basic(clientId: string, clientSecret: string): string {
  const [id, secret] = [clientId, clientSecret].map((value) =>
    new URLSearchParams({ v: value }).toString().slice(2),
  );
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

function readObject(text: string): IntrospectionResponse {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new IntrospectionError('its response is not JSON', false);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new IntrospectionError('its response is not a JSON object', false);
  if (typeof (value as IntrospectionResponse).active !== 'boolean')
    throw new IntrospectionError('its response has no boolean "active"', false);
  return value as IntrospectionResponse;
}

function secondsOf(field: string | null): number | undefined {
  return field !== null && /^\d{1,6}$/.test(field) ? Number(field) : undefined;
}
