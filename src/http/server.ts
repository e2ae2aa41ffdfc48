import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Time for the head of a request: slowloris ends here. Bodies have limits of their own. */
const HEADERS_TIMEOUT_MS = 15_000;
/** Longer than the 60 s of common load balancers, so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const MAX_HEADER_BYTES = 32 * 1024;
const MAX_HEADERS = 100;

/**
 * The HTTP/1.1 server in front of the pipeline. Node's strict parser (llhttp) refuses ambiguous framing; it is never
 * made lenient (CVE-2022-32213 and its kin). Upgrades are refused: MLflow has no WebSocket of its own.
 *
 * @example
 * const server = makeServer((req, res) => gateway.handle(req, res));
 */
export function makeServer(handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>): Server {
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
    (req, res) => void handle(req, res),
  );
  server.maxHeadersCount = MAX_HEADERS;
  server.on('upgrade', (_req: IncomingMessage, socket: Socket) => refuseUpgrade(socket));
  server.on('connect', (_req: IncomingMessage, socket: Socket) => refuseUpgrade(socket));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else
      plainRefusal(
        socket,
        error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request',
      );
  });
  return server;
}

function refuseUpgrade(socket: Socket): void {
  plainRefusal(socket, '400 Bad Request', {
    error_code: 'BAD_REQUEST',
    message: 'Protocol upgrades (WebSocket, h2c) and CONNECT are refused.',
    reason: 'upgrade_refused',
  });
}

function plainRefusal(
  socket: Socket,
  status: string,
  body: object = {
    error_code: 'BAD_REQUEST',
    message: 'The request is not well-formed HTTP/1.1.',
    reason: 'malformed_request',
  },
): void {
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}
