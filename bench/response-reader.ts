const HEAD_END = Buffer.from('\r\n\r\n');

/** A complete response. */
export interface Answer {
  readonly status: number;
  /** Status line and header fields, without the empty line. */
  readonly head: string;
  readonly body: Buffer;
}

/**
 * Splits the bytes of one connection into responses. It does only the work that a load generator needs, so as not to affect the
 * measurement: it reads responses with a `Content-Length`, to one request at a time. Anything else is an error, as the servers under
 * test may be wrong.
 *
 * @example
 * const reader = new ResponseReader();
 * socket.on('data', (chunk) => { const answer = reader.push(chunk); if (answer) next(answer); });
 */
export class ResponseReader {
  #kept: Buffer | undefined;
  #head: { readonly text: string; readonly status: number; readonly end: number } | undefined;

  /**
   * Reads the next bytes. Returns the response if they complete it.
   *
   * @throws Error if the response has no `Content-Length`, or more bytes follow it
   */
  push(chunk: Buffer): Answer | undefined {
    const bytes = this.#kept === undefined ? chunk : Buffer.concat([this.#kept, chunk]);
    this.#head ??= readHead(bytes);
    const whole = this.#head?.end;
    if (whole === undefined || bytes.length < whole) {
      this.#kept = bytes;
      return undefined;
    }
    if (bytes.length > whole)
      throw new Error(`${bytes.length - whole} bytes came after the end of a response`);
    const { text, status } = this.#head!;
    this.#kept = undefined;
    this.#head = undefined;
    return { status, head: text, body: bytes.subarray(text.length + HEAD_END.length) };
  }
}

function readHead(bytes: Buffer): { text: string; status: number; end: number } | undefined {
  const length = bytes.indexOf(HEAD_END);
  if (length < 0) return undefined;
  const text = bytes.toString('latin1', 0, length);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
  const announced = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  if (!status || announced === undefined)
    throw new Error(`not a response with a Content-Length:\n${text.slice(0, 500)}`);
  return { text, status, end: length + HEAD_END.length + Number(announced) };
}
