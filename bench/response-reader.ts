const HEAD_END = Buffer.from('\r\n\r\n');

/** A whole answer. */
export interface Answer {
  readonly status: number;
  /** Status line and header fields, without the empty line. */
  readonly head: string;
  readonly body: Buffer;
}

/**
 * Cuts the bytes of one connection into answers: the least that a load generator needs, so that it is not what is
 * measured. It understands answers with a `Content-Length` only, asked for one at a time; the gateway and its peers are
 * HTTP/1.1 servers under test here, which may be wrong: anything else is an error.
 *
 * @example
 * const reader = new ResponseReader();
 * socket.on('data', (chunk) => { const answer = reader.push(chunk); if (answer) next(answer); });
 */
export class ResponseReader {
  #kept: Buffer | undefined;
  #head: { readonly text: string; readonly status: number; readonly end: number } | undefined;

  /**
   * Takes the next bytes; returns the answer they complete, if they do.
   *
   * @throws Error when the answer has no `Content-Length`, or more than one answer's bytes are there
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
