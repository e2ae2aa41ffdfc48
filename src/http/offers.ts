import type { IncomingMessage } from 'node:http';

/**
 * Offers of another protocol (`Upgrade`, RFC 9110 section 7.8). A server may ignore one and answer over HTTP/1.1, and
 * the gateway does: Java's HttpClient offers `h2c` with every request over plain HTTP, and other clients `TLS/1.2`.
 *
 * Node's parser stops behind a request that offers, and Node then drops what came in one piece with its end: a request
 * sent behind it, or half of one. The rest of that half would be read as a request of its own. Node's parser also takes such
 * a request for one without a body when it does not know the transfer coding. So both are looked at here.
 */
export function offers(req: IncomingMessage): boolean {
  return req.headers.upgrade !== undefined;
}

/**
 * Why a request that offers another protocol is refused; `undefined` for an offer that is ignored.
 *
 * @example
 * mustRefuse(req); // 'This server has no WebSocket (Upgrade: websocket).'
 */
export function mustRefuse({ headers }: IncomingMessage): string | undefined {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return 'Beside Upgrade, the only Transfer-Encoding that is understood is "chunked".';
  if (/(?:^|[\s,])websocket(?:$|[\s,/])/i.test(headers.upgrade ?? ''))
    return 'WebSocket is refused: MLflow has none. Send the request without "Upgrade: websocket".';
  return undefined;
}

/** What Node's parser shows of itself (not documented): the bytes that it reads at this moment. */
interface Parser {
  getCurrentBuffer?(): Buffer | undefined;
}

const HEAD_END = '\r\n\r\n';

/**
 * Where a request that offers another protocol ends, as a number of bytes read from its connection. Called while Node's
 * parser is at the end of the head.
 *
 * @returns `undefined` where that cannot be said for certain: the body is chunked, or more than one head may end in the piece
 */
export function endOf(req: IncomingMessage): number | undefined {
  const { socket, headers } = req;
  const { parser } = socket as { parser?: Parser | null };
  const piece = parser?.getCurrentBuffer?.();
  if (piece === undefined || headers['transfer-encoding'] !== undefined) return undefined;
  // The four bytes that end the head stand in this piece, unless it begins with the last of them.
  if (piece[0] === 0x0d || piece[0] === 0x0a) return undefined;
  const at = piece.indexOf(HEAD_END);
  // Of several, another may be the end of this head.
  if (at === -1 || at !== piece.lastIndexOf(HEAD_END)) return undefined;
  const length = Number(headers['content-length'] ?? 0);
  const rest = piece.length - at - HEAD_END.length;
  return rest > length ? undefined : socket.bytesRead - rest + length;
}
