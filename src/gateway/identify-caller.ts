import type { HeaderBag } from '../http/headers.ts';
import type { Principal } from '../identity/principal.ts';
import type { GatewayParts } from './parts.ts';

/**
 * Identifies the caller of a request by its header fields and, in mode `off`, by the session of the sign-in page.
 *
 * @throws DenialError, or rejects with it
 */
export function identifyCaller(
  { identifier, signIn }: Pick<GatewayParts, 'identifier' | 'signIn'>,
  headers: HeaderBag,
): Promise<Principal> | Principal {
  const session = signIn?.session(headers);
  return identifier.identify({
    authorization: headers.get('authorization'),
    tenant: session?.tenant ?? headers.get('x-tenant'),
    subject: session?.subject ?? headers.get('x-subject'),
  });
}
