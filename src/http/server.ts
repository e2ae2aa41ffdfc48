import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LIMITS } from '../limits.ts';
import { answerAtLast } from './answer.ts';
import { Connections, endConnection, guardConnections } from './connections.ts';
import { MAX_HEADERS } from './headers.ts';
import { endOf, mustRefuse, offers } from './offers.ts';

/** How often Node looks for heads that are late; every 30 seconds unless told. */
const CHECKING_INTERVAL_MS = 1_000;
/** Time for the head of a request: slowloris ends here. Bodies have limits of their own. */
const HEADERS_TIMEOUT_MS = LIMITS.headTime.value * 1_000;
/** Longer than the 60 s of common load balancers, so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = LIMITS.idleConnection.value * 1_000;
const MAX_HEADER_BYTES = LIMITS.headBytes.value;

/** What the server hands on. */
export interface ServerSide {
  /** Handles one request; never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Records what never becomes a request, and says what to send back. */
  refuseUnread(
    status: number,
    message: string,
    req?: IncomingMessage,
    peer?: string,
  ): { readonly id: string; readonly body: string };
  /** Told that connections were refused because there are too many; at most once a second. */
  tooManyConnections?(refused: number): void;
}

/** A server that can be stopped without anybody losing an answer. */
export interface GatewayServer extends Server {
  /**
   * Takes no new connections, closes idle ones, and has requests under way answered with `Connection: close`: a caller
   * who is told so does not send the next one on a connection that is about to go.
   */
  closeWhenDone(): void;
}

/**
 * The HTTP/1.1 server in front of the pipeline. Node's strict parser (llhttp) refuses ambiguous framing; it is never
 * made lenient (CVE-2022-32213 and its kin). A WebSocket is refused, since MLflow has none of its own; any other offer of
 * another protocol is ignored (`offers.ts`).
 *
 * @param headersTimeoutMs for the head of a request; other than in tests 15 seconds
 * @example
 * makeServer(gateway).listen(8000);
 */
export function makeServer(side: ServerSide, headersTimeoutMs = HEADERS_TIMEOUT_MS): GatewayServer {
  const underWay = new Set<ServerResponse>();
  const handle = (req: IncomingMessage, res: ServerResponse): void => {
    underWay.add(res);
    res.once('close', () => underWay.delete(res));
    // A write to a connection that is gone concerns that connection only.
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
    if (req.socket.destroyed || connections.inTurn(req, res, handle)) return;
    side.refuseUnread(400, TOO_MANY_WAITING, undefined, req.socket.remoteAddress);
    req.socket.destroy();
  };
  /** Node loses what comes in one piece with the end of such a request: what follows on the connection is read only when nothing did. */
  const keepIfAlone = (req: IncomingMessage, res: ServerResponse): void => {
    const { socket } = req;
    const keep = res.shouldKeepAlive;
    res.shouldKeepAlive = false;
    connections.makeLast(socket);
    const end = keep ? endOf(req) : undefined;
    if (end === undefined) return;
    const decide = (): void => {
      if (socket.bytesRead !== end || res.headersSent || !server.listening) return;
      res.shouldKeepAlive = true;
      connections.makeLast(socket, false);
    };
    if (socket.bytesRead === end) decide();
    else req.once('end', decide);
  };
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECKING_INTERVAL_MS, headersTimeoutMs),
      // Uploads may take hours; what is slow without moving is cut off where the bytes are read.
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      insecureHTTPParser: false,
      // Looked at in the line, so that a request without one has its reason and its audit line.
      requireHostHeader: false,
      noDelay: true,
      shouldUpgradeCallback: (req) => mustRefuse(req) !== undefined,
    },
    inTurn,
  );
  server.maxHeadersCount = MAX_HEADERS;
  guardConnections(server, {
    most: LIMITS.connections.value,
    onFull: (refused) => side.tooManyConnections?.(refused),
  });
  /** @param connection the one that `socket` stands for: Node wraps it while an upgrade's body is not read */
  const refuse = (
    socket: Duplex,
    connection: Socket,
    status: number,
    message: string,
    req?: IncomingMessage,
  ): void => {
    const { id, body } = side.refuseUnread(status, message, req, connection.remoteAddress);
    // Written into another answer, or before one, it would be taken for a part of that.
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
  // Node would answer 417 by itself.
  server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => {
    res.on('error', () => {});
    inTurn(req, res);
  });
  server.on('upgrade', refuseUpgrade);
  server.on('connect', refuseUpgrade);
  server.on('clientError', (error: NodeJS.ErrnoException, stream: Duplex) => {
    const socket = stream as Socket;
    // A client that merely went away, or connected and said nothing, has made no request.
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
    for (const res of underWay) res.shouldKeepAlive = false;
  };
  return Object.assign(server, { closeWhenDone });
}

const TOO_MANY_WAITING = `More than ${LIMITS.waitingRequests.value} requests wait on this connection for the answer to the one before.`;

const BEHIND_AN_OFFER =
  'A request was sent behind one that offers another protocol (Upgrade), before the answer to that one.';

const REFUSALS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    `The head of the request is larger than ${MAX_HEADER_BYTES} bytes, or has more than ${MAX_HEADERS} headers.`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The head of the request did not arrive in time.'],
};
