import { DenialError } from '../../denial.ts';
import { createRoles } from '../../rbac/roles.ts';
import type { IssuerConfig } from '../issuer/issuer-config.ts';
import { createIssuers, type IssuerParts, type Issuers } from '../issuers.ts';
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

/** The options of one issuer as the short variables have them, and what the tests replace. */
export interface ShortOptions extends Omit<IssuerParts, 'roles'> {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly jwksUri?: string | undefined;
  readonly jwks?: unknown;
  readonly algorithms?: readonly string[] | undefined;
  readonly clockToleranceSeconds?: number | undefined;
  readonly tenantClaim: string;
  readonly subjectClaim?: string | undefined;
  readonly roleClaims: readonly string[];
  readonly roles?: IssuerParts['roles'] | undefined;
  /** Values of the role claims. */
  readonly platformAdmins?: readonly string[] | undefined;
}

/** The configuration of one issuer in its short form. */
export function shortConfig(options: ShortOptions): IssuerConfig {
  const { issuer, audience, jwks, jwksUri, roleClaims, platformAdmins } = options;
  return {
    issuer,
    audience,
    keys: keysOf(jwks, jwksUri),
    algorithms: options.algorithms ?? ['RS256'],
    clockToleranceMs: (options.clockToleranceSeconds ?? 30) * 1000,
    subjectClaim: options.subjectClaim ?? 'sub',
    grants: [{ kind: 'tenant-claim', claim: options.tenantClaim, roleClaims, list: false }],
    ...(platformAdmins === undefined
      ? {}
      : { platformAdmins: { claims: roleClaims, values: platformAdmins } }),
  };
}

/** An identifier with one issuer in its short form. */
export function shortIdentifier(options: ShortOptions): Issuers {
  return createIssuers([shortConfig(options)], { ...options, roles: options.roles ?? createRoles() });
}

function keysOf(jwks: unknown, jwksUri: string | undefined): IssuerConfig['keys'] {
  if (jwksUri !== undefined) return { from: 'uri', uri: jwksUri };
  return jwks === undefined ? { from: 'discovery' } : { from: 'inline', jwks };
}

/** An identifier with inline keys, which never uses the network. */
export function inlineIdentifier(signers: readonly Signer[], more: Partial<ShortOptions> = {}): Issuers {
  return shortIdentifier({
    issuer: ISSUER,
    audience: ['mlflow'],
    jwks: { keys: signers.map((signer) => signer.jwk) },
    tenantClaim: 'tenant_id',
    roleClaims: ['roles'],
    platformAdmins: ['mlops-root'],
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
