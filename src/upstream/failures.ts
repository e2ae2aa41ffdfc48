import type { ClientRequest } from 'node:http';
import { DenialError } from '../denial.ts';

/** Error codes of a connection that the peer closed. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);

/** Error codes of Node for a request that cannot be sent: a defect of the gateway, not of MLflow. */
const OWN_FAULT = /^ERR_(?:INVALID|UNESCAPED|HTTP|METHOD|STREAM)/;

/**
 * Converts the error of a request to MLflow that failed before the response. The message does not contain the address,
 * since the caller reads it.
 *
 * @returns a `DenialError` (`upstream_unreachable`, `upstream_invalid`), or the error itself where the gateway is at fault
 * @example
 * request.on('error', (error) => reject(upstreamFailure(error)));
 */
export function upstreamFailure(error: Error): Error {
  if (error instanceof DenialError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || OWN_FAULT.test(code)) return error;
  if (code.startsWith('HPE_')) {
    return new DenialError('upstream_invalid', `MLflow's response is not well-formed HTTP (${code}).`);
  }
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
export function mayRetry(
  error: Error,
  request: ClientRequest | undefined,
  sent: { method: string; body: unknown },
): boolean {
  if (sent.method !== 'GET' || sent.body !== undefined || request?.reusedSocket !== true) return false;
  return CLOSED.has((error as NodeJS.ErrnoException).code ?? '');
}
