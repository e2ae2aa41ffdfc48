/** How the sender ends: after the response, by closing its half of the connection, or by a reset. */
type Ending = 'answer' | 'half-close' | 'reset';

/** One hostile request, valid or not. */
export interface HostileCase {
  /** Its name in the report: `catalog searchRuns`, `bytes`, `issue 4 ...`. */
  readonly name: string;
  /** The bytes in pieces, with a pause of some milliseconds between them. */
  readonly pieces: readonly Buffer[];
  /** The method, for reading the answer (HEAD has no body). */
  readonly method: string;
  /** Whether it is well-formed HTTP, which requires a response. */
  readonly framed: boolean;
  readonly ending: Ending;
}

/** Makes a request of HTTP/1.1. A list sends a header that many times. */
export function render(
  method: string,
  path: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body?: Buffer,
): Buffer {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: gateway'];
  for (const [name, value] of Object.entries(headers))
    for (const one of [value].flat()) lines.push(`${name}: ${one}`);
  if (body !== undefined) lines.push(`Content-Length: ${body.length}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return body === undefined ? head : Buffer.concat([head, body]);
}
