import type { ClientRequest } from 'node:http';
import { DenialError } from '../denial.ts';

/** Error codes of a connection that the peer closed. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);

/** Error codes of Node for a request that cannot be sent: a defect of the gateway, not of MLflow. */
const OWN_FAULT = /^ERR_(?:INVALID|UNESCAPED|HTTP|METHOD|STREAM)/;

/**
 * Says in the gateway's terms why a request to MLflow failed before it was answered. The address stays out of the
 * message: the caller reads it.
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
    return new DenialError('upstream_invalid', `MLflow's answer is not well-formed HTTP (${code}).`);
  }
  if (CLOSED.has(code)) {
    return new DenialError(
      'upstream_unreachable',
      'MLflow closed the connection before it answered; whether it did what was asked is not known.',
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
 * moment it is used again; then nothing of the request was read. That cannot be told from a server that read it and
 * died, so only requests that change nothing are repeated.
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
