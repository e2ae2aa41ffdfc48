import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Server as TlsServer } from 'node:tls';
import { LIMITS } from '../limits.ts';
import { answerAtLast } from './answer.ts';
import { Connections, endConnection, guardConnections } from './connections.ts';
import { MAX_HEADERS } from './headers.ts';
import { endOf, mustRefuse, offers } from './offers.ts';
import type { ListenerTls } from './tls/listener-tls.ts';

/** How often Node checks for late heads; by default every 30 seconds. */
const CHECKING_INTERVAL_MS = 1_000;
/** The time limit for the head of a request, against slowloris. Bodies have limits of their own. */
const HEADERS_TIMEOUT_MS = LIMITS.headTime.value * 1_000;
/** Longer than the 60 s of common load balancers, so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = LIMITS.idleConnection.value * 1_000;
const MAX_HEADER_BYTES = LIMITS.headBytes.value;

/** Handles what the server receives. */
export interface ServerSide {
  /** Handles one request; never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Records what never becomes a request, and returns the response. */
  refuseUnread(
    status: number,
    message: string,
    req?: IncomingMessage,
    peer?: string,
  ): { readonly id: string; readonly body: string };
  /** Called when connections were refused because too many are open; at most once a second. */
  tooManyConnections?(refused: number): void;
}

export interface ServerOptions {
  /** Serves HTTPS. Default: plain HTTP. */
  readonly tls?: ListenerTls | undefined;
  /** For the head of a request, in milliseconds; 15 seconds except in tests. */
  readonly headersTimeoutMs?: number;
}

/** A server that can be stopped without losing a response. */
export interface GatewayServer extends Server {
  /**
   * Accepts no new connections, closes idle ones, and answers requests in flight with `Connection: close`, so that callers do not send
   * another request on a connection that is about to close.
   */
  closeWhenDone(): void;
}

/**
 * The HTTP/1.1 server in front of the line. Node's strict parser (llhttp) refuses ambiguous framing and is never made lenient
 * (CVE-2022-32213 and similar). A WebSocket is refused, as MLflow has none; any other offer of another protocol is ignored (`offers.ts`).
 *
 * @example
 * makeServer(gateway).listen(8000);
 */
export function makeServer(
  side: ServerSide,
  { tls, headersTimeoutMs = HEADERS_TIMEOUT_MS }: ServerOptions = {},
): GatewayServer {
  const inFlight = new Set<ServerResponse>();
  const handle = (req: IncomingMessage, res: ServerResponse): void => {
    inFlight.add(res);
    res.once('close', () => inFlight.delete(res));
    // A failed write to a closed connection concerns that connection only.
    res.on('error', () => res.destroy());
    side.handle(req, res).catch(() => answerAtLast(res));
  };
  const connections = new Connections();
  const inTurn = (req: IncomingMessage, res: ServerResponse): void => {
    if (connections.isLast(req.socket)) {
      side.refuseUnread(400, BEHIND_AN_OFFER, undefined, req.socket.remoteAddress);
      return;
    }
    if (offers(req)) keepIfAlone(req, res);
    // Its client certificate may not be accepted any more.
    if (tls?.isOutdated(req.socket)) res.shouldKeepAlive = false;
    if (req.socket.destroyed || connections.inTurn(req, res, handle)) return;
    side.refuseUnread(400, TOO_MANY_WAITING, undefined, req.socket.remoteAddress);
    req.socket.destroy();
  };
  /** Node loses bytes that arrive together with the end of such a request: the connection is read on only if there were none. */
  const keepIfAlone = (req: IncomingMessage, res: ServerResponse): void => {
    const { socket } = req;
    const keep = res.shouldKeepAlive;
    res.shouldKeepAlive = false;
    connections.makeLast(socket);
    const end = keep ? endOf(req) : undefined;
    if (end === undefined) return;
    const decide = (): void => {
      if (socket.bytesRead !== end || res.headersSent || !server.listening || tls?.isOutdated(socket)) return;
      res.shouldKeepAlive = true;
      connections.makeLast(socket, false);
    };
    if (socket.bytesRead === end) decide();
    else req.once('end', decide);
  };
  const options = {
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECKING_INTERVAL_MS, headersTimeoutMs),
    // Uploads may take hours; a stalled one is cut off where its bytes are read.
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
    // Checked in the line, so that a request without one gets a reason code and an audit line.
    requireHostHeader: false,
    noDelay: true,
    shouldUpgradeCallback: (req: IncomingMessage) => mustRefuse(req) !== undefined,
  };
  const server =
    tls === undefined
      ? createServer(options, inTurn)
      : createTlsServer({ ...options, ...tls.options() }, inTurn);
  server.maxHeadersCount = MAX_HEADERS;
  guardConnections(server, {
    most: (tls === undefined ? LIMITS.connections : LIMITS.tlsConnections).value,
    onFull: (refused) => side.tooManyConnections?.(refused),
  });
  // After `guardConnections`: a failed handshake is not an error of the process.
  if (tls !== undefined) tls.attach(server as Server & TlsServer);
  /** @param connection the socket that `socket` wraps: Node wraps it while the body of an upgrade is not read */
  const refuse = (
    socket: Duplex,
    connection: Socket,
    status: number,
    message: string,
    req?: IncomingMessage,
  ): void => {
    const { id, body } = side.refuseUnread(status, message, req, connection.remoteAddress);
    // Otherwise the bytes would be read as part of another response.
    if (!connections.isFree(connection)) {
      connection.destroy();
      return;
    }
    endConnection(
      socket,
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\nx-request-id: ${id}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      socket === connection ? undefined : req,
    );
  };
  const refuseUpgrade = (req: IncomingMessage, socket: Duplex): void => {
    req.on('error', () => {});
    refuse(socket, req.socket, 400, mustRefuse(req) ?? 'CONNECT is refused.', req);
  };
  // Node would otherwise answer 417 itself.
  server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => {
    res.on('error', () => {});
    inTurn(req, res);
  });
  server.on('upgrade', refuseUpgrade);
  server.on('connect', refuseUpgrade);
  server.on('clientError', (error: NodeJS.ErrnoException, stream: Duplex) => {
    const socket = stream as Socket;
    // A failed handshake is no request.
    if (tls !== undefined && !tls.isSecured(socket)) {
      socket.destroy();
      return;
    }
    // A client that closed the connection, or sent nothing, has made no request.
    if (!socket.writable || error.code === 'ECONNRESET' || socket.bytesRead === 0) socket.destroy();
    else {
      const [status, message] = REFUSALS[error.code ?? ''] ?? [
        400,
        'The request is not well-formed HTTP/1.1.',
      ];
      refuse(socket, socket, status, message);
    }
  });
  const closeWhenDone = (): void => {
    server.close();
    server.closeIdleConnections();
    for (const res of inFlight) res.shouldKeepAlive = false;
  };
  return Object.assign(server, { closeWhenDone });
}

const TOO_MANY_WAITING = `More than ${LIMITS.waitingRequests.value} requests wait on this connection for the response to the request before them.`;

const BEHIND_AN_OFFER =
  'A request was sent behind one that offers another protocol (Upgrade), before the response to that one.';

const REFUSALS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    `The head of the request is larger than ${MAX_HEADER_BYTES} bytes, or has more than ${MAX_HEADERS} headers.`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The head of the request did not arrive in time.'],
};
