import { LIMITS } from '../limits.ts';

/** The part of `fetch` that is used, so that tests can replace the network. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How a document is requested. */
export interface ProviderRequest {
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Largest document accepted from a provider, after decompression. In bytes. */
export const MAX_DOCUMENT_BYTES = LIMITS.providerDocument.value;

/** Media types of JSON, and of a JWK Set (RFC 7517, 8.5.2): Kubernetes' API server answers 406 without the latter. */
const ACCEPT = 'application/json, application/jwk-set+json';

/** The most redirects that are followed. */
const MAX_REDIRECTS = LIMITS.providerRedirects.value;

/**
 * Gets a JSON document from the identity provider: 200 only, at most {@link MAX_DOCUMENT_BYTES}, and all of it within the time
 * limit. It follows a few redirects if scheme, host and port stay the same: another origin could have keys that the issuer
 * never published.
 *
 * @throws Error with the cause, without the document's contents; for a refused redirect it names both addresses
 * @example
 * await fetchJson('https://idp.example/jwks', { fetch, timeoutMs: 5000 });
 */
export async function fetchJson(url: string, options: ProviderRequest): Promise<unknown> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    let at = url;
    for (let redirects = 0; ; redirects++) {
      const response = await options.fetch(at, {
        redirect: 'manual',
        headers: { accept: ACCEPT },
        signal,
      });
      if (response.status === 200) return JSON.parse(await readBounded(response, MAX_DOCUMENT_BYTES));
      const location = response.headers.get('location');
      await response.body?.cancel();
      if (!REDIRECTS.has(response.status) || location === null) {
        throw new Error(`answered ${response.status}${at === url ? '' : ` at ${printableUrl(at)}`}`);
      }
      if (redirects === MAX_REDIRECTS) throw new Error(`redirects more than ${MAX_REDIRECTS} times`);
      at = redirected(at, location);
    }
  } catch (error) {
    throw new Error(
      `${url}: ${timeout.aborted ? `no response within ${options.timeoutMs} ms` : failureOf(error)}`,
    );
  }
}

/** Status codes that redirect a GET (RFC 9110, 15.4). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function redirected(from: string, location: string): string {
  if (!URL.canParse(location, from)) throw new Error('redirects to an invalid address');
  const to = new URL(location, from);
  if (to.origin !== new URL(from).origin || to.username !== '' || to.password !== '') {
    throw new Error(
      `redirects to ${printableUrl(to.href)}, which is not at the same scheme, host and port: configure the final address`,
    );
  }
  return to.href;
}

/** The URL without user, password and query, which may be secrets; limited in length. */
function printableUrl(text: string): string {
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`.slice(0, 200);
}

/**
 * Finds the URI of the issuer's keys through OpenID Connect Discovery 1.0.
 *
 * The document must name exactly the configured issuer (section 4.3), even if it comes from the expected address. The
 * keys of an https issuer must not be at an http address.
 *
 * @throws Error with the cause
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html
 * @example
 * await discoverJwksUri('https://idp.example', { fetch, timeoutMs: 5000 }); // 'https://idp.example/jwks'
 */
export async function discoverJwksUri(issuer: string, options: ProviderRequest): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = await fetchJson(url, options);
  const found = document as { readonly issuer?: unknown; readonly jwks_uri?: unknown } | null;
  if (found?.issuer !== issuer) throw new Error(`${url}: names another issuer than the configured one`);
  const { jwks_uri: uri } = found;
  if (typeof uri !== 'string' || !isProviderUrl(uri)) throw new Error(`${url}: has no usable jwks_uri`);
  if (issuer.startsWith('https:') && !uri.startsWith('https:')) {
    throw new Error(`${url}: jwks_uri is not https although the issuer is`);
  }
  return uri;
}

/** True for an absolute http(s) URL without user, password and fragment. */
export function isProviderUrl(text: string): boolean {
  if (!URL.canParse(text) || !/^https?:\/\//.test(text)) return false;
  const url = new URL(text);
  return url.username === '' && url.password === '' && !text.includes('#');
}

/**
 * Reads the body of a response as text.
 *
 * @param most bytes, after decompression
 * @throws Error for a larger body, with a message to follow a subject: `is larger than 65536 bytes`
 */
export async function readBounded(response: Response, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body and with it the connection.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > most) throw new BodyTooLargeError(`is larger than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The body of a response is larger than the limit. */
export class BodyTooLargeError extends Error {}

/** Why a request failed, in the words of its cause, to follow a subject. */
export function failureOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'is not JSON';
  if (!(error instanceof Error)) return 'failed';
  const { cause } = error as { cause?: unknown };
  if (!(cause instanceof Error)) return error.message;
  // undici's message is only "fetch failed"; the cause has the error.
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}
