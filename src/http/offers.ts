import type { IncomingMessage } from 'node:http';

/**
 * Offers of another protocol (`Upgrade`, RFC 9110 section 7.8). A server may ignore an offer and answer by HTTP/1.1, and the gateway
 * does: Java's HttpClient offers `h2c` with every request by plain HTTP, and other clients offer `TLS/1.2`.
 *
 * Node's parser stops after a request with an offer, and Node drops bytes that arrived together with its end: a following request, or
 * half of one; its rest would be read as a request of its own. With an unknown transfer coding, Node's parser also treats such a
 * request as one without a body. Both cases are handled here.
 */
export function offers(req: IncomingMessage): boolean {
  return req.headers.upgrade !== undefined;
}

/**
 * The message that refuses an offer; `undefined` if the offer is ignored.
 *
 * @example
 * mustRefuse(req); // 'WebSocket is not supported, ...'
 */
export function mustRefuse({ headers }: IncomingMessage): string | undefined {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return 'With Upgrade, the only supported Transfer-Encoding is "chunked".';
  if (/(?:^|[\s,])websocket(?:$|[\s,/])/i.test(headers.upgrade ?? ''))
    return 'WebSocket is not supported, as MLflow has none. Send the request without "Upgrade: websocket".';
  return undefined;
}

/** The part of Node's parser that it exposes (undocumented): the bytes that it is reading. */
interface Parser {
  getCurrentBuffer?(): Buffer | undefined;
}

const HEAD_END = '\r\n\r\n';

/**
 * Where a request with an offer ends, as a number of bytes read from its connection. Called while Node's parser is at the end of the
 * head.
 *
 * @returns `undefined` if it cannot be determined: the body is chunked, or several heads may end in the same chunk
 */
export function endOf(req: IncomingMessage): number | undefined {
  const { socket, headers } = req;
  const { parser } = socket as { parser?: Parser | null };
  const piece = parser?.getCurrentBuffer?.();
  if (piece === undefined || headers['transfer-encoding'] !== undefined) return undefined;
  // The four bytes that end the head are in this chunk, unless it begins with the last of them.
  if (piece[0] === 0x0d || piece[0] === 0x0a) return undefined;
  const at = piece.indexOf(HEAD_END);
  // With several, another one may end this head.
  if (at === -1 || at !== piece.lastIndexOf(HEAD_END)) return undefined;
  const length = Number(headers['content-length'] ?? 0);
  const rest = piece.length - at - HEAD_END.length;
  return rest > length ? undefined : socket.bytesRead - rest + length;
}
