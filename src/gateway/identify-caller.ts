import type { HeaderBag } from '../http/headers.ts';
import type { Principal } from '../identity/principal.ts';
import type { GatewayParts } from './parts.ts';
import type { Progress } from './progress.ts';

/**
 * Identifies the caller of a request by its header fields and, in mode `off`, by the session of the sign-in page, and refuses a caller
 * whom the deny list names.
 *
 * @param progress receives the caller, also a denied one: the audit line of the refusal names it
 * @throws DenialError
 */
export async function identifyCaller(
  { identifier, requireNotDenied, signIn }: Pick<GatewayParts, 'identifier' | 'requireNotDenied' | 'signIn'>,
  headers: HeaderBag,
  progress?: Progress,
): Promise<Principal> {
  const session = signIn?.session(headers);
  const principal = await identifier.identify({
    authorization: headers.get('authorization'),
    tenant: session?.tenant ?? headers.get('x-tenant'),
    subject: session?.subject ?? headers.get('x-subject'),
  });
  if (progress !== undefined) progress.principal = principal;
  requireNotDenied(principal);
  return principal;
}
