import type { IncomingMessage } from 'node:http';
import { DenialError } from '../denial.ts';
import type { HeaderBag } from './headers.ts';

/**
 * Checks the header fields that every HTTP/1.1 server must check (RFC 9112 section 3.2, RFC 9110 section 10.1.1).
 *
 * @throws DenialError `malformed_header`
 */
export function checkHostAndExpect(
  { httpVersion }: Pick<IncomingMessage, 'httpVersion'>,
  headers: HeaderBag,
): void {
  if (httpVersion !== '1.0' && headers.get('host') === undefined)
    throw new DenialError('malformed_header', 'A request needs a Host header.');
  const expect = headers.get('expect');
  if (expect !== undefined && expect.toLowerCase() !== '100-continue')
    throw new DenialError('malformed_header', 'Unsupported Expect value; only 100-continue is accepted.');
}
