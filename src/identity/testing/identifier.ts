import { DenialError } from '../../denial.ts';
import { createRoles } from '../../rbac/roles.ts';
import { createOidcIdentifier, type OidcOptions } from '../oidc.ts';
import type { Identifier, Principal } from '../principal.ts';
import type { Signer } from './provider.ts';

/** The time it is in these tests, in seconds since the epoch. */
export const NOW = 1_800_000_000;

export const ISSUER = 'https://idp.example/realms/ml';

/** Claims that are accepted by {@link inlineIdentifier}. */
export const CLAIMS = Object.freeze({
  iss: ISSUER,
  aud: 'mlflow',
  sub: 'alice',
  iat: NOW - 10,
  exp: NOW + 300,
  tenant_id: 'team-a',
  roles: ['contributor'],
});

/** An identifier with inline keys, which never uses the network. */
export function inlineIdentifier(signers: readonly Signer[], more: Partial<OidcOptions> = {}): Identifier {
  return createOidcIdentifier({
    issuer: ISSUER,
    audience: ['mlflow'],
    jwks: more.jwksUri === undefined ? { keys: signers.map((signer) => signer.jwk) } : undefined,
    tenantClaim: 'tenant_id',
    roleClaims: ['roles'],
    roles: createRoles({ platformAdminAliases: ['mlops-root'] }),
    now: () => NOW * 1000,
    ...more,
  });
}

/** Identifies the caller by a token. */
export async function bearer(identifier: Identifier, token: string): Promise<Principal> {
  return identifier.identify({ authorization: `Bearer ${token}`, tenant: undefined, subject: undefined });
}

/** The denial that `action` throws; fails if it throws none, or another error. */
export async function denied(action: () => unknown): Promise<DenialError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof DenialError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
