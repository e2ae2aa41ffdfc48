import type { LocationReader } from './location.ts';

/** Fields of one connection, not of the message (RFC 9110 section 7.6.1, RFC 9112 section 9). */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Response fields that MLflow may not set: the gateway sets them, or they are dropped. */
const NOT_ANSWERED = new Set([
  // An address to bypass the gateway.
  'alt-svc',
  // Caches in front obey these before the `Cache-Control` that the gateway gives (RFC 9213).
  'cdn-cache-control',
  'surrogate-control',
  // The gateway sends its own.
  'date',
  'server',
  // MLflow has no session of its own behind a gateway; a cookie from it would be sent to every tenant's pages.
  'set-cookie',
  'set-cookie2',
]);

/**
 * Whether a field of the request, lower-case, belongs to the gateway's own connection and is never copied.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
 */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}

/**
 * The fields of MLflow's response that the caller gets, and the gateway's own. Dropped are hop-by-hop fields, the fields
 * that the response's `Connection` lists, cookies, and `Access-Control-*`, which the gateway decides. A field of the
 * gateway replaces MLflow's; `Vary` is joined instead.
 *
 * @param raw names and values in turn, as in `IncomingMessage.rawHeaders`
 * @param connection the response's `Connection`
 * @param own lower-case names
 * @param location rewrites `Location`
 * @param without lower-case names to drop in addition
 * @returns names and values in turn, for `ServerResponse.writeHead`
 * @example
 * res.writeHead(200, rawResponseHeaders(response.rawHeaders, response.headers.connection, { 'x-request-id': id }, location));
 */
export function rawResponseHeaders(
  raw: readonly string[],
  connection: string | undefined,
  own: Readonly<Record<string, string>>,
  location: LocationReader,
  without?: ReadonlySet<string>,
): string[] {
  const out: string[] = [];
  const listed =
    connection === undefined || PLAIN_CONNECTION.test(connection) ? undefined : namesIn(connection);
  let length: string | undefined;
  let vary = own.vary;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    if (HOP_BY_HOP.has(name) || NOT_ANSWERED.has(name) || name.startsWith('access-control-')) continue;
    if (listed?.has(name) || without?.has(name)) continue;
    if (name === 'vary' && vary !== undefined) vary = `${value}, ${vary}`;
    else if (Object.hasOwn(own, name)) continue;
    else if (name === 'content-length') length ??= value;
    else if (name === 'location') {
      const read = location(value);
      if (read !== undefined) out.push('location', read);
    } else out.push(name, value);
  }
  if (length !== undefined) out.push('content-length', length);
  for (const name in own) if (name !== 'vary') out.push(name, own[name]!);
  if (vary !== undefined) out.push('vary', vary);
  return out;
}

const PLAIN_CONNECTION = /^(?:keep-alive|close)$/i;

function namesIn(connection: string): Set<string> {
  const names = new Set(connection.toLowerCase().split(/[\s,]+/));
  // A dropped length would change where the response ends.
  names.delete('content-length');
  return names;
}
