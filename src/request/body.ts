import type { IncomingMessage } from 'node:http';
import { DenialError } from '../denial.ts';
import { type Lease, memoryOfBytes } from '../http/body-budget.ts';
import type { HeaderBag } from '../http/headers.ts';

const UTF8 = /^"?utf-?8"?$/i;

/** True when the request announces a body (RFC 9112 section 6.3). */
export function hasBody(headers: HeaderBag): boolean {
  const length = headers.get('content-length');
  return headers.get('transfer-encoding') !== undefined || (length !== undefined && length !== '0');
}

/**
 * Refuses a body on a request whose operation takes none: MLflow reads a JSON body on GET when there is no query.
 *
 * @throws DenialError `malformed_request`
 */
export function refuseBody(headers: HeaderBag, method: string): void {
  if (hasBody(headers))
    throw new DenialError('malformed_request', `A ${method} request to this operation takes no body.`);
}

/**
 * Whether a media type is JSON in UTF-8. MLflow looks at no parameter but `charset`, and JSON has no other that means
 * anything (RFC 8259 section 11): they are left out, since the type that is sent on is the gateway's own. A closing semicolon is
 * taken too (RFC 9110 section 5.6.6).
 *
 * @example
 * isJson('application/json; charset=utf8;'); // true
 */
export function isJson(type: string): boolean {
  const [essence, ...parameters] = type.split(';');
  if (essence!.trim().toLowerCase() !== 'application/json') return false;
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    const name = (equals === -1 ? parameter : parameter.slice(0, equals)).trim().toLowerCase();
    if (name === 'charset' && !UTF8.test(parameter.slice(equals + 1).trim())) return false;
  }
  return true;
}

/**
 * Checks that a body, if any, is plain JSON in UTF-8. MLflow checks Content-Type on POST and PUT only, and reads
 * UTF-16 and UTF-32 (GHSA-v2v2-hph8-q5xp is what comes of judging by one type and reading another).
 *
 * @throws DenialError `unsupported_media_type`
 */
export function requireJson(headers: HeaderBag): void {
  const encoding = headers.get('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new DenialError('unsupported_media_type', 'Compressed JSON bodies are not accepted.');
  }
  const type = headers.get('content-type');
  if (type === undefined ? hasBody(headers) : !isJson(type)) {
    throw new DenialError(
      'unsupported_media_type',
      `The Content-Type ${type === undefined ? 'is missing' : 'is another one, or has another charset'}: send the body as application/json, in UTF-8.`,
    );
  }
}

/**
 * A JSON body without the byte-order mark that some writers put before it: a reader may ignore one (RFC 8259 section 8.1), and
 * Python's does. What is sent on has none. (In JSON that stands as text in a field Python takes none, so it stays refused there.)
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
 * @param limit bytes; a longer body is refused as soon as that is known
 * @param timeoutMs for the whole body, so that a caller who sends a byte a minute holds nothing for long
 * @param setting the variable that sets the limit, for the message
 * @param lease takes the memory for the body: its bytes as they arrive, and what is made of them once it is complete
 * @throws DenialError `body_too_large`, `body_budget_exhausted`, `malformed_request` (the caller went away or was too slow)
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
        // A caller who sends slowly holds what it has sent and no more.
        lease?.grow(chunk.length);
      } catch (error) {
        done(error as Error);
      }
    };
    const onEnd = (): void => done();
    const onGone = (): void =>
      done(new DenialError('malformed_request', 'The caller went away before the body was complete.'));
    req.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

function tooLarge(limit: number, setting: string | undefined): DenialError {
  const by = setting === undefined ? '' : ` (${setting})`;
  return new DenialError('body_too_large', `The body is larger than ${limit} bytes${by}.`);
}
