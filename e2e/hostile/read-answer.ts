const HEAD_END = '\r\n\r\n';

/** Whether a response is complete; if not, the number of bytes to wait for. */
export type Reading = { readonly keeps: boolean } | { readonly atLeast: number };

/**
 * Whether the bytes of a connection hold a whole answer to one request (RFC 9112 section 6.3).
 *
 * @param method of the request: an answer to HEAD has no body
 */
export function readAnswer(bytes: Buffer, method: string): Reading {
  let from = 0;
  for (;;) {
    const end = bytes.indexOf(HEAD_END, from);
    if (end < 0) return { atLeast: bytes.length + 1 };
    const head = bytes.toString('latin1', from, end);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
    const body = end + HEAD_END.length;
    if (status >= 100 && status < 200) {
      from = body;
      continue;
    }
    const keeps = !/\r\nconnection: *close/i.test(head);
    if (method === 'HEAD' || status === 204 || status === 304) return { keeps };
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length !== undefined) {
      const whole = body + Number(length);
      return bytes.length >= whole ? { keeps } : { atLeast: whole };
    }
    if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { atLeast: Number.POSITIVE_INFINITY };
    const missing = missingChunks(bytes, body);
    return missing === undefined ? { keeps } : { atLeast: missing };
  }
}

/** `undefined` when the last chunk is there. */
function missingChunks(bytes: Buffer, start: number): number | undefined {
  let at = start;
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return bytes.length + 1;
    const size = Number.parseInt(bytes.toString('latin1', at, end), 16);
    if (size === 0) return bytes.indexOf('\r\n', end + 2) >= 0 ? undefined : bytes.length + 1;
    at = end + 2 + size + 2;
    if (at > bytes.length) return at + 5;
  }
}
