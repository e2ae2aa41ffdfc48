import type { IncomingMessage } from 'node:http';
import { DenialError } from '../denial.ts';
import { type Lease, memoryOfBytes } from '../http/body-budget.ts';
import type { HeaderBag } from '../http/headers.ts';

/** Whether the request has a body (RFC 9112 section 6.3). */
export function hasBody(headers: HeaderBag): boolean {
  const length = headers.get('content-length');
  return headers.get('transfer-encoding') !== undefined || (length !== undefined && length !== '0');
}

/**
 * Refuses the body of a request to an operation without one: MLflow reads a JSON body on GET if there is no query.
 *
 * @throws DenialError `malformed_request`
 */
export function refuseBody(headers: HeaderBag, method: string): void {
  if (hasBody(headers))
    throw new DenialError('malformed_request', `A ${method} request to this operation takes no body.`);
}

/**
 * A JSON body without its byte-order mark, if it has one: a parser may ignore the mark (RFC 8259 section 8.1), and Python's does.
 * The body that is sent has none. JSON text in a field may not begin with one, as Python refuses it there.
 *
 * @example
 * withoutMark(Buffer.from('\ufeff{}')); // the bytes of {}
 */
export function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/**
 * Reads a request body into memory.
 *
 * @param limit in bytes; a longer body is refused as soon as its length is known
 * @param timeoutMs for the whole body, so that a slow caller does not hold memory for long
 * @param setting the environment variable that sets the limit, for the message
 * @param lease holds the memory of the body: its bytes as they arrive, and the parsed form once it is complete
 * @throws DenialError `body_too_large`, `body_budget_exhausted`, `malformed_request` (the connection was closed, or the body was too slow)
 */
export function readBytes(
  req: IncomingMessage,
  headers: HeaderBag,
  limit: number,
  timeoutMs: number,
  setting?: string,
  lease?: Lease,
): Promise<Buffer> {
  const announced = headers.get('content-length');
  if (announced !== undefined && Number(announced) > limit) return Promise.reject(tooLarge(limit, setting));
  try {
    lease?.requireRoom(memoryOfBytes(Number(announced ?? 0)));
  } catch (error) {
    return Promise.reject(error as Error);
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(
      () => done(new DenialError('malformed_request', 'The body did not arrive in time.')),
      timeoutMs,
    );
    const done = (error?: Error): void => {
      clearTimeout(timer);
      req.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      try {
        if (error) throw error;
        lease?.grow(memoryOfBytes(length) - length);
        resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
      } catch (refusal) {
        req.pause();
        reject(refusal as Error);
      }
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > limit) {
        done(tooLarge(limit, setting));
        return;
      }
      chunks.push(chunk);
      try {
        // A slow caller holds memory only for the bytes it has sent.
        lease?.grow(chunk.length);
      } catch (error) {
        done(error as Error);
      }
    };
    const onEnd = (): void => done();
    const onGone = (): void =>
      done(new DenialError('malformed_request', 'The connection was closed before the body was complete.'));
    req.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

function tooLarge(limit: number, setting: string | undefined): DenialError {
  const by = setting === undefined ? '' : ` (${setting})`;
  return new DenialError('body_too_large', `The body is larger than ${limit} bytes${by}.`);
}
