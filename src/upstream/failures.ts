import { DenialError } from '../denial.ts';

/** Error codes of a connection that the peer closed. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Error codes of Node and undici for a request that cannot be sent: a defect of the gateway, not of MLflow. */
const OWN_FAULT = /^(?:ERR_(?:INVALID|UNESCAPED|HTTP|METHOD|STREAM)|UND_ERR_(?:INVALID_ARG|REQ_))/;

/** Errors of undici for a response that HTTP/1.1 does not allow. */
const MALFORMED = /^UND_ERR_(?:HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH|RES_EXCEEDED)/;
/** Messages of undici's SocketError for an interim response that was not asked for, with the code of a closed connection. */
const UNASKED = new Set(['bad response', 'bad upgrade']);

/** An error of a request, as Node and undici make it. */
interface RequestError extends NodeJS.ErrnoException {
  /** How much was read on the connection; undici's SocketError has it. */
  socket?: { readonly bytesRead?: number | undefined };
}

/** Notes how much was read on the connection that fails with this error; `mayRetry` reads it. */
export function noteUse(error: Error, bytesRead: number): void {
  (error as RequestError).socket ??= { bytesRead };
}

/**
 * Converts the error of a request to MLflow that failed before the response. The message does not contain the address,
 * since the caller reads it.
 *
 * @returns a `DenialError` (`upstream_unreachable`, `upstream_invalid`), or the error itself where the gateway is at fault
 * @example
 * onResponseError: (_, error) => reject(upstreamFailure(error))
 */
export function upstreamFailure(error: Error): Error {
  if (error instanceof DenialError) return error;
  const { code, name, message } = error as RequestError;
  if (name === 'HTTPParserError' || UNASKED.has(message) || (code !== undefined && MALFORMED.test(code))) {
    return new DenialError(
      'upstream_invalid',
      `MLflow's response is not well-formed HTTP (${code ?? message}).`,
    );
  }
  if (code === undefined || OWN_FAULT.test(code)) return error;
  if (CLOSED.has(code)) {
    return new DenialError(
      'upstream_unreachable',
      'MLflow closed the connection before it answered. It may have processed the request.',
    );
  }
  return new DenialError('upstream_unreachable', `MLflow cannot be reached (${code}).`);
}

/** For a request that was not answered in time. */
export function upstreamTimeout(ms: number): DenialError {
  return new DenialError('upstream_timeout', `MLflow did not answer within ${ms / 1000} seconds.`);
}

/**
 * Whether a request that failed before it was answered may be sent again, on a new connection. A server may close an idle connection at the very
 * moment it is used again; then the server read nothing of the request. The gateway cannot distinguish this from a
 * server that read the request and died, so it repeats only requests that change nothing.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.5
 */
export function mayRetry(error: Error, sent: { method: string; body: unknown }): boolean {
  const { socket, code = '' } = error as RequestError;
  if (sent.method !== 'GET' || sent.body !== undefined || !socket?.bytesRead) return false;
  return CLOSED.has(code) && !UNASKED.has(error.message);
}
