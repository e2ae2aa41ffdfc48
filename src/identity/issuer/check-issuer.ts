import { compileClaim } from '../claims.ts';
import { problemsOfAll } from '../grants/compile-grants.ts';
import type { RoleWords } from '../grants/problems.ts';
import { ALGORITHMS } from '../jwks.ts';
import { issuesServiceAccounts } from '../kubernetes/service-account-token.ts';
import { isProviderUrl } from '../provider-fetch.ts';
import type { IssuerConfig } from './issuer-config.ts';
import { openKeys } from './issuer-keys.ts';
import { compilePlatformAdmins } from './platform-admins.ts';

/** The most leeway for the times of a token. */
const MAX_TOLERANCE_SECONDS = 600;

/**
 * Finds every reason why an issuer cannot be used. The configuration has been checked where it was read, with messages for
 * operators; this is the last check, next to the code that relies on it.
 *
 * @returns the problems, each with the name of the option
 * @example
 * checkIssuer({ ...config, algorithms: ['none'] }, roles); // ['algorithms: "none" is refused; ...']
 */
export function checkIssuer(config: IssuerConfig, roles: RoleWords): string[] {
  const { issuer, audience, keys, algorithms, clockToleranceMs, platformAdmins, introspection } = config;
  const problems: string[] = [];
  const need = (ok: boolean, problem: string): void => {
    if (!ok) problems.push(problem);
  };
  need(issuer === undefined ? keys.from === 'cluster' : issuer.trim() !== '', 'issuer: must not be blank');
  need(
    audience.length > 0 && audience.every((value) => value.trim() !== ''),
    'audience: at least one, none blank',
  );
  need(
    keys.from !== 'uri' || isProviderUrl(keys.uri),
    'keys: an http(s) URL without user, password, fragment',
  );
  need(
    keys.from !== 'discovery' || issuer === undefined || (isProviderUrl(issuer) && !issuer.includes('?')),
    'issuer: discovery needs an http(s) URL without query; otherwise give the URL of the keys, or the keys',
  );
  need(keys.from !== 'none' || introspection !== undefined, 'keys: none needs introspection');
  need(
    introspection === undefined || !issuesServiceAccounts(config),
    'introspection: not for service accounts of Kubernetes, whose tokens must be bound',
  );
  need(algorithms.length > 0, 'algorithms: at least one');
  for (const name of algorithms) {
    need(
      (ALGORITHMS as readonly string[]).includes(name),
      `algorithms: ${JSON.stringify(name)} is refused; asymmetric signatures only: ${ALGORITHMS.join(', ')}`,
    );
  }
  need(
    Number.isFinite(clockToleranceMs) &&
      clockToleranceMs >= 0 &&
      clockToleranceMs <= MAX_TOLERANCE_SECONDS * 1000,
    `clockToleranceSeconds: 0 to ${MAX_TOLERANCE_SECONDS}`,
  );
  for (const value of platformAdmins?.values ?? []) {
    const role = roles.words.get(value);
    need(
      role === undefined,
      `platformAdmins: ${JSON.stringify(value)} already means ${role}; give each value one role`,
    );
  }
  const attempt = (check: () => unknown, what: string): void => {
    try {
      check();
    } catch (error) {
      problems.push(`${what}: ${(error as Error).message}`);
    }
  };
  attempt(() => compileClaim(config.subjectClaim), 'subject');
  attempt(() => compilePlatformAdmins(platformAdmins), 'platformAdmins');
  problems.push(...problemsOfAll(config.grants, 'grants', roles));
  if (problems.length === 0 && keys.from === 'inline') attempt(() => openKeys(config, {}), 'keys');
  return problems;
}
