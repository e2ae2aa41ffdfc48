import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { LIMITS } from '../limits.ts';

const WAITING = LIMITS.waitingRequests.value;
const LINGER_MS = LIMITS.refusedConnectionTime.value;
const UNREAD_BYTES = LIMITS.refusedConnectionBytes.value;
/** Milliseconds between two searches for connections to close, and between two reports, while there are too many. */
const FULL_EVERY_MS = 1_000;

export interface ConnectionOptions {
  /** Most connections at once. */
  readonly most: number;
  /** Called with the number of connections refused since the last call; at most once a second. */
  readonly onFull?: ((refused: number) => void) | undefined;
}

/**
 * Keeps an error of one connection from ending the process, and bounds the connections of a server. Every server of the
 * gateway is guarded.
 *
 * Node takes its own error listener off a socket that it hands over (`upgrade`, `connect`), and a wrapper around one has
 * none at all: an error there would be an uncaught exception. When the server is full, connections without a request are
 * closed to make room: a caller who only keeps connections open must not keep a new caller out.
 *
 * @example
 * guardConnections(server, { most: LIMITS.connections.value });
 */
export function guardConnections(server: Server, { most, onFull }: ConnectionOptions): void {
  server.on('connection', (socket: Duplex) => socket.on('error', ignore));
  // TLS: another socket around the first.
  server.on('secureConnection', (socket: Duplex) => socket.on('error', ignore));
  server.on('tlsClientError', (_error: Error, socket: Duplex) => socket.destroy());
  server.on('request', (req: IncomingMessage, res: ServerResponse) => guardExchange(req, res));
  server.maxConnections = most;
  let refused = 0;
  let last = Number.NEGATIVE_INFINITY;
  server.on('drop', () => {
    refused++;
    const now = performance.now();
    if (now - last < FULL_EVERY_MS) return;
    last = now;
    server.closeIdleConnections();
    onFull?.(refused);
    refused = 0;
  });
}

/** Writing to a response that has ended, or reading from a caller who disconnected, raises an error on the stream itself. */
function guardExchange(req: IncomingMessage, res: ServerResponse): void {
  req.on('error', ignore);
  res.on('error', ignore);
}

type Handle = (req: IncomingMessage, res: ServerResponse) => void;

interface Turns {
  /** The request in progress, with its response. */
  current: { readonly req: IncomingMessage; readonly res: ServerResponse } | undefined;
  readonly waiting: { readonly req: IncomingMessage; readonly res: ServerResponse }[];
  /** Whether further requests of the connection are ignored. */
  last: boolean;
}

/**
 * Handles the requests of each connection one at a time: Node passes on every pipelined request at once, and never closes a response
 * that had not begun when the connection ended.
 */
export class Connections {
  readonly #turns = new WeakMap<Duplex, Turns>();

  /**
   * Handles a request once those before it on its connection are answered.
   *
   * @returns false if too many are waiting; the request is then not handled
   */
  inTurn(req: IncomingMessage, res: ServerResponse, handle: Handle): boolean {
    const turns = this.#of(req.socket);
    if (turns.current === undefined) {
      this.#begin(turns, req, res, handle);
      return true;
    }
    if (turns.waiting.length >= WAITING) return false;
    turns.waiting.push({ req, res });
    return true;
  }

  /**
   * Whether a response to unreadable bytes can be written to a connection: no request is in progress there, or only the one that cannot
   * be read to its end, and its response has not begun.
   */
  isFree(socket: Duplex): boolean {
    const turns = this.#turns.get(socket);
    if (turns?.current === undefined) return true;
    const { req, res } = turns.current;
    return turns.waiting.length === 0 && !req.complete && !res.headersSent;
  }

  /** Ignores further requests of a connection, or handles them again. */
  makeLast(socket: Socket, last = true): void {
    this.#of(socket).last = last;
  }

  isLast(socket: Socket): boolean {
    return this.#turns.get(socket)?.last === true;
  }

  #of(socket: Socket): Turns {
    const known = this.#turns.get(socket);
    if (known !== undefined) return known;
    const turns: Turns = { current: undefined, waiting: [], last: false };
    this.#turns.set(socket, turns);
    return turns;
  }

  #begin(turns: Turns, req: IncomingMessage, res: ServerResponse, handle: Handle): void {
    turns.current = { req, res };
    const { socket } = req;
    res.once('close', () => {
      turns.current = undefined;
      if (socket.destroyed) turns.waiting.length = 0;
      const next = turns.waiting.shift();
      if (next !== undefined) this.#begin(turns, next.req, next.res, handle);
    });
    handle(req, res);
  }
}

/**
 * Writes the last bytes to a connection and closes it. Bytes that still arrive are discarded, so that the peer reads the response
 * rather than a reset; a peer that does not close the connection is cut off soon.
 *
 * @param body the body of the refused request, if Node reads it separately from the connection
 * @example
 * endConnection(socket, 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
 */
export function endConnection(socket: Duplex, answer: string, body?: Readable): void {
  socket.on('error', ignore);
  if (socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  let unread = 0;
  const discard = (chunk: Buffer): void => {
    unread += chunk.length;
    if (unread > UNREAD_BYTES) socket.destroy();
  };
  body?.on('data', discard);
  socket.on('data', discard);
  socket.once('close', () => clearTimeout(timer));
  socket.end(answer);
  socket.resume();
}

function ignore(): void {}
