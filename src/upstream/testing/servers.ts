import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { DenialError, REASONS } from '../../denial.ts';
import type { UpstreamLogger } from '../availability.ts';
import type { Transform } from '../transform.ts';
import type { ForwardResult, OutgoingRequest, Upstream } from '../types.ts';
import { createUpstream, type UpstreamOptions } from '../upstream.ts';
import { parseAddress } from './address.ts';

/** Only the catalog has MLflow's paths; any path serves here. */
const HEALTH = '/health';

/** Listens on 127.0.0.1 (or a Unix socket) until the test ends, then closes all connections. */
export async function listen(server: NetServer, at?: string): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket: { destroy(): void; on(event: 'close', act: () => void): void }) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (at === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(at, resolve);
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return at === undefined ? (server.address() as AddressInfo).port : 0;
}

/** A stand-in for MLflow. */
export async function stub(handle: (req: IncomingMessage, res: ServerResponse) => void): Promise<number> {
  return listen(createServer(handle));
}

export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'up-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A logger that keeps its lines. */
export function listeningLogger(): UpstreamLogger & {
  readonly lines: { level: string; message: string; facts: object }[];
} {
  const lines: { level: string; message: string; facts: object }[] = [];
  const at = (level: string) => (facts: object, message: string) =>
    void lines.push({ level, message, facts });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}

/** An upstream for the length of the test. `to` is a port or an address. */
export function upstreamTo(to: number | string, options: Partial<UpstreamOptions> = {}): Upstream {
  const upstream = createUpstream({
    address: parseAddress(typeof to === 'number' ? `http://127.0.0.1:${to}` : to),
    healthPath: HEALTH,
    connections: 'keepalive',
    requestTimeoutMs: 60_000,
    logger: listeningLogger(),
    ...options,
  });
  onTestFinished(() => upstream.close());
  return upstream;
}

export interface Front {
  readonly port: number;
  readonly server: Server;
  /** How each request ended, in order. */
  readonly ended: (ForwardResult | Error)[];
  /** Waits for the end of the next request. */
  next(): Promise<ForwardResult | Error>;
}

/**
 * A gateway reduced to its last step: it sends the request that `write` returns, and answers denials as the real gateway
 * does.
 */
export async function front(
  upstream: Upstream,
  write: (req: IncomingMessage) => Partial<OutgoingRequest> | Promise<Partial<OutgoingRequest>> = () => ({}),
  transform?: Transform,
): Promise<Front> {
  const ended: (ForwardResult | Error)[] = [];
  const waiting: ((result: ForwardResult | Error) => void)[] = [];
  let taken = 0;
  const server = createServer(async (req, res) => {
    let end: ForwardResult | Error;
    try {
      const outgoing = {
        method: req.method!,
        path: req.url!,
        headers: {},
        body: undefined,
        ...(await write(req)),
      };
      end = await upstream.forward(req, res, outgoing, { 'x-request-id': 'r1' }, { transform });
    } catch (error) {
      end = error as Error;
      const reason = error instanceof DenialError ? error.reason : 'internal_error';
      if (res.headersSent) res.destroy();
      else {
        const unread = !req.complete;
        res.writeHead(REASONS[reason].status, {
          'content-type': 'application/json',
          ...(unread ? { connection: 'close' } : {}),
        });
        res.end(JSON.stringify({ reason, message: end.message }));
        if (unread) req.resume();
      }
    }
    ended.push(end);
    waiting.shift()?.(end);
  });
  const port = await listen(server);
  const next = (): Promise<ForwardResult | Error> =>
    taken < ended.length
      ? Promise.resolve(ended[taken++]!)
      : new Promise((resolve) => {
          taken++;
          waiting.push(resolve);
        });
  return { port, server, ended, next };
}

/** Reads a whole body; for stand-ins and for buffered requests. */
export async function read(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Sends bytes unchanged and returns all received bytes once the server closes: the last request asks for `connection: close`.
 *
 * @param onText called with all received bytes whenever there are more
 */
export function raw(
  port: number,
  bytes: string | Buffer,
  onText: (text: string) => void = () => {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const done = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      onText(text);
    });
    socket.on('end', done);
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? done() : reject(error),
    );
  });
}
