import { collectRoles, compileClaim } from '../claims.ts';
import type { IssuerConfig } from './issuer-config.ts';

/**
 * Compiles the values by which one issuer makes platform-admins. Values are compared exactly, and no other value means platform-admin,
 * not even that word: a provider that happens to send it must not open every tenant. Without configuration, or without values, the
 * issuer makes none.
 *
 * @throws Error for a claim name that is not valid
 * @example
 * compilePlatformAdmins({ claims: ['roles'], values: ['mlops-root'] })({ roles: ['mlops-root'] }); // true
 */
export function compilePlatformAdmins(
  config: IssuerConfig['platformAdmins'],
): (claims: Readonly<Record<string, unknown>>) => boolean {
  if (config === undefined || config.values.length === 0) return () => false;
  const readers = config.claims.map(compileClaim);
  const values = new Set(config.values);
  return (claims) => collectRoles(claims, readers).values.some((value) => values.has(value));
}

/**
 * Finds the values that make a caller a platform-admin, with their claims, for `explain`.
 *
 * @returns none if {@link compilePlatformAdmins} finds none
 * @throws Error for a claim name that is not valid
 * @example
 * findPlatformAdmins({ claims: ['roles'], values: ['mlops-root'] }, { roles: ['mlops-root', 'staff'] });
 * // [{ claim: 'roles', value: 'mlops-root' }]
 */
export function findPlatformAdmins(
  config: IssuerConfig['platformAdmins'],
  claims: Readonly<Record<string, unknown>>,
): readonly { readonly claim: string; readonly value: string }[] {
  if (config === undefined || !compilePlatformAdmins(config)(claims)) return [];
  return config.claims.flatMap((claim) =>
    [...new Set(collectRoles(claims, [compileClaim(claim)]).values)]
      .filter((value) => config.values.includes(value))
      .map((value) => ({ claim, value })),
  );
}
