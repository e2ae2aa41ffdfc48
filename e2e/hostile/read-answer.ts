const HEAD_END = '\r\n\r\n';

/**
 * Whether the bytes of a connection hold a whole answer to one request (RFC 9112 section 6.3).
 *
 * @param method of the request: an answer to HEAD has no body
 * @returns `undefined` while bytes are missing
 */
export function readAnswer(bytes: Buffer, method: string): { readonly keeps: boolean } | undefined {
  let from = 0;
  for (;;) {
    const end = bytes.indexOf(HEAD_END, from);
    if (end < 0) return undefined;
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
    if (length !== undefined) return bytes.length >= body + Number(length) ? { keeps } : undefined;
    if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return undefined;
    return endsChunks(bytes, body) ? { keeps } : undefined;
  }
}

function endsChunks(bytes: Buffer, start: number): boolean {
  let at = start;
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return false;
    const size = Number.parseInt(bytes.toString('latin1', at, end), 16);
    if (size === 0) return bytes.indexOf('\r\n', end + 2) >= 0;
    at = end + 2 + size + 2;
    if (at > bytes.length) return false;
  }
}
