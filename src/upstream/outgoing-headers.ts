import type { IncomingMessage } from 'node:http';
import { DenialError } from '../denial.ts';
import { isHopByHop } from './header-rules.ts';
import type { OutgoingRequest } from './types.ts';

/** Methods that announce a length even if it is zero (RFC 9110 section 8.6). */
const ANNOUNCES_LENGTH = new Set(['POST', 'PUT', 'PATCH']);

/**
 * The headers of a request to MLflow: the given ones, and the framing of its body. The function reads no header of the caller but the
 * framing of a streamed body.
 *
 * @param caller for a streamed body
 * @throws DenialError `malformed_request` for a transfer coding that would have to be undone or passed on
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-6
 */
export function outgoingHeaders(
  { method, headers, body }: OutgoingRequest,
  host: string,
  caller: IncomingMessage | undefined,
): Record<string, string> {
  const out: Record<string, string> = { host };
  for (const name in headers) {
    // Defence in depth: the request's writer adds none of these.
    if (!isHopByHop(name) && name !== 'host' && name !== 'content-length') out[name] = headers[name]!;
  }
  if (body === 'stream' && caller) frameStream(out, caller);
  else if (body !== undefined) out['content-length'] = String(body.length);
  else if (ANNOUNCES_LENGTH.has(method)) out['content-length'] = '0';
  return out;
}

function frameStream(out: Record<string, string>, caller: IncomingMessage): void {
  const coding = caller.headers['transfer-encoding'];
  if (coding === undefined) out['content-length'] = caller.headers['content-length'] ?? '0';
  // Without a length undici sends the body in chunks.
  else if (coding.toLowerCase() !== 'chunked')
    throw new DenialError('malformed_request', 'Unsupported transfer coding; only "chunked" is accepted.');
}
