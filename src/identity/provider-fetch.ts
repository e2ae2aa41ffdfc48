import { LIMITS } from '../limits.ts';

/** The part of `fetch` that is used, so that tests can stand in for the network. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Largest document accepted from a provider, after decompression. In bytes. */
export const MAX_DOCUMENT_BYTES = LIMITS.providerDocument.value;

/**
 * Gets a JSON document from the identity provider: 200 only, no redirects (one could lead to keys the issuer never
 * published), at most {@link MAX_DOCUMENT_BYTES}, headers and body together within the time limit.
 *
 * @throws Error that says what went wrong, without the document's contents
 * @example
 * await fetchJson('https://idp.example/jwks', { fetch, timeoutMs: 5000 });
 */
export async function fetchJson(
  url: string,
  options: { readonly fetch: Fetch; readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<unknown> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await options.fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`answered ${response.status}`);
    }
    return JSON.parse(await readBounded(response));
  } catch (error) {
    throw new Error(
      `${url}: ${timeout.aborted ? `no answer within ${options.timeoutMs} ms` : reason(error)}`,
    );
  }
}

/**
 * Finds the URI of the issuer's keys through OpenID Connect Discovery 1.0.
 *
 * The document must name exactly our issuer (section 4.3): another one's document, even from the right place, is not
 * believed. An https issuer cannot send us to keys over plain http.
 *
 * @throws Error that says what went wrong
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html
 * @example
 * await discoverJwksUri('https://idp.example', { fetch, timeoutMs: 5000 }); // 'https://idp.example/jwks'
 */
export async function discoverJwksUri(
  issuer: string,
  options: { readonly fetch: Fetch; readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<string> {
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

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body and with it the connection.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_DOCUMENT_BYTES) throw new Error(`is larger than ${MAX_DOCUMENT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reason(error: unknown): string {
  if (error instanceof SyntaxError) return 'is not JSON';
  if (!(error instanceof Error)) return 'failed';
  const { cause } = error as { cause?: unknown };
  if (!(cause instanceof Error)) return error.message;
  // undici says only "fetch failed"; what happened is in the cause.
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}
