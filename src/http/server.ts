import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Time for the head of a request: slowloris ends here. Bodies have limits of their own. */
const HEADERS_TIMEOUT_MS = 15_000;
/** Longer than the 60 s of common load balancers, so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const MAX_HEADER_BYTES = 32 * 1024;
const MAX_HEADERS = 100;

/** What the server hands on. */
export interface ServerSide {
  /** Handles one request; never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Records what never becomes a request, and says what to send back. */
  refuseUnread(
    message: string,
    req?: IncomingMessage,
    peer?: string,
  ): { readonly id: string; readonly body: string };
}

/**
 * The HTTP/1.1 server in front of the pipeline. Node's strict parser (llhttp) refuses ambiguous framing; it is never
 * made lenient (CVE-2022-32213 and its kin). Upgrades are refused: MLflow has no WebSocket of its own.
 *
 * @example
 * makeServer(gateway).listen(8000);
 */
export function makeServer(side: ServerSide): Server {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      // Uploads may take hours; what is slow without moving is cut off where the bytes are read.
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      insecureHTTPParser: false,
      requireHostHeader: true,
      noDelay: true,
    },
    (req, res) => void side.handle(req, res),
  );
  server.maxHeadersCount = MAX_HEADERS;
  const refuse = (socket: Socket, status: string, message: string, req?: IncomingMessage): void => {
    const { id, body } = side.refuseUnread(message, req, socket.remoteAddress);
    socket.end(
      `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\nx-request-id: ${id}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  };
  const refuseUpgrade = (req: IncomingMessage, socket: Socket): void =>
    refuse(socket, '400 Bad Request', 'Protocol upgrades (WebSocket, h2c) and CONNECT are refused.', req);
  server.on('upgrade', refuseUpgrade);
  server.on('connect', refuseUpgrade);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // A client that merely went away, or connected and said nothing, has made no request.
    if (!socket.writable || error.code === 'ECONNRESET' || socket.bytesRead === 0) socket.destroy();
    else
      refuse(
        socket,
        STATUSES[error.code ?? ''] ?? '400 Bad Request',
        'The request is not well-formed HTTP/1.1.',
      );
  });
  return server;
}

const STATUSES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
