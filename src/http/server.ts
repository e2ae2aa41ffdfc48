import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import { answerAtLast } from './answer.ts';
import { MAX_HEADERS } from './headers.ts';

/** Time for the head of a request: slowloris ends here. Bodies have limits of their own. */
const HEADERS_TIMEOUT_MS = 15_000;
/** How often Node looks for heads that are late; every 30 seconds unless told. */
const CHECKING_INTERVAL_MS = 1_000;
/** Longer than the 60 s of common load balancers, so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const MAX_HEADER_BYTES = 32 * 1024;

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
 * made lenient (CVE-2022-32213 and its kin). Upgrades are refused: MLflow has no WebSocket of its own.
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
    },
    (req, res) => handle(req, res),
  );
  server.maxHeadersCount = MAX_HEADERS;
  const refuse = (socket: Socket, status: number, message: string, req?: IncomingMessage): void => {
    const { id, body } = side.refuseUnread(status, message, req, socket.remoteAddress);
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\nx-request-id: ${id}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  };
  const refuseUpgrade = (req: IncomingMessage, socket: Socket): void =>
    refuse(socket, 400, 'Protocol upgrades (WebSocket, h2c) and CONNECT are refused.', req);
  // Node would answer 417 by itself.
  server.on('checkExpectation', handle);
  server.on('upgrade', refuseUpgrade);
  server.on('connect', refuseUpgrade);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // A client that merely went away, or connected and said nothing, has made no request.
    if (!socket.writable || error.code === 'ECONNRESET' || socket.bytesRead === 0) socket.destroy();
    else {
      const [status, message] = REFUSALS[error.code ?? ''] ?? [
        400,
        'The request is not well-formed HTTP/1.1.',
      ];
      refuse(socket, status, message);
    }
  });
  const closeWhenDone = (): void => {
    server.close();
    server.closeIdleConnections();
    for (const res of underWay) res.shouldKeepAlive = false;
  };
  return Object.assign(server, { closeWhenDone });
}

const REFUSALS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    `The head of the request is larger than ${MAX_HEADER_BYTES} bytes, or has more than ${MAX_HEADERS} headers.`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The head of the request did not arrive in time.'],
};
