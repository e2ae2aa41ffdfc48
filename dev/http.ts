import { type IncomingMessage, request as requestPlainly } from 'node:http';
import { request as requestByTls } from 'node:https';
import type { Readable } from 'node:stream';

export interface RequestInit {
  /** Default `GET`, or `POST` when `json` is given. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as `application/json`. */
  readonly json?: unknown;
  readonly body?: string | Buffer | Readable;
  /** The time until the response is complete. Default 60 000 ms. */
  readonly timeoutMs?: number;
}

/** A request to one server, its path sent exactly as written. */
export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

/** For a server with `https`. PEM. */
export interface FetchTls {
  readonly ca: string;
  /** A client certificate. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * A fetch for one server, which may be a Unix socket. Unlike the global `fetch` it sends the path as written
 * (without resolving `..` or encoding), allows every header, and never follows redirects. The response is
 * buffered.
 *
 * @param address `unix:/path.sock`, `http://host:port` or `https://host:port`.
 * @param defaults Headers added to each request unless it sets them itself.
 * @example
 * const mlflow = fetcher('unix:/run/mlflow.sock', { 'x-mlflow-workspace': 'team-a' });
 * const answer = await mlflow('/api/2.0/mlflow/experiments/search', { json: { max_results: 5 } });
 */
export function fetcher(
  address: string,
  defaults: Readonly<Record<string, string>> = {},
  tls?: FetchTls,
): Fetch {
  const request = address.startsWith('https:') ? requestByTls : requestPlainly;
  const server = address.startsWith('unix:')
    ? { socketPath: address.slice('unix:'.length), host: 'localhost' }
    : { host: new URL(address).hostname, port: new URL(address).port };
  return (path, init = {}) =>
    new Promise((resolve, reject) => {
      const body = init.json === undefined ? init.body : JSON.stringify(init.json);
      const headers = {
        ...defaults,
        ...(init.json === undefined ? {} : { 'content-type': 'application/json' }),
        // For DELETE Node omits the field and sends a body without a length.
        ...(typeof body === 'string' ? { 'content-length': String(Buffer.byteLength(body)) } : {}),
      };
      const outgoing = request({
        ...server,
        ...tls,
        path,
        // One connection for each request: a test must not depend on which side closes an idle one.
        agent: false,
        method: init.method ?? (init.json === undefined ? 'GET' : 'POST'),
        headers: { ...headers, ...init.headers } as Record<string, string | string[]>,
        signal: AbortSignal.timeout(init.timeoutMs ?? 60_000),
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => collect(incoming).then(resolve, reject));
      if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) outgoing.end(body);
      else body.on('error', reject).pipe(outgoing);
    });
}

async function collect(incoming: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i]!, incoming.rawHeaders[i + 1]!);
  }
  const status = incoming.statusCode!;
  const empty = status === 204 || status === 205 || status === 304;
  return new Response(empty ? null : Buffer.concat(chunks), { status, headers });
}
