import type { JWTPayload } from 'jose';
import { unauthorized } from '../bearer.ts';
import type { IssuerConfig } from '../issuer/issuer-config.ts';
import { isObject } from '../jwk.ts';

/** Whether the tokens of an issuer are those of service accounts: the issuer of the own cluster, or of another one, by its URL. */
export function issuesServiceAccounts({ keys, grants }: Pick<IssuerConfig, 'keys' | 'grants'>): boolean {
  return keys.from === 'cluster' || grants.some(({ kind }) => kind === 'namespace');
}

/** A service account, as a bound token names it. */
export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

/** The issuer in tokens from Secrets of the type `kubernetes.io/service-account-token`. They have no `exp` and no audience. */
const LEGACY_ISSUER = 'kubernetes/serviceaccount';

const INSTEAD =
  'Send a token of a projected volume (serviceAccountToken with an audience) or of kubectl create token';

/**
 * Refuses a token of a Secret, before its issuer is looked up: it never expires and is for every audience.
 *
 * @param issuer the `iss` of a token that is not verified
 * @throws DenialError `token_invalid` that says what to send instead
 * @example
 * refuseLegacyToken('kubernetes/serviceaccount');
 */
export function refuseLegacyToken(issuer: unknown): void {
  if (issuer === LEGACY_ISSUER)
    throw unauthorized(
      'token_invalid',
      `Tokens of Secrets are not accepted, as they never expire. ${INSTEAD}`,
    );
}

/** Why claims name no service account. */
export type AccountProblem = 'unbound' | 'incomplete' | 'other-subject';

const MESSAGES: Readonly<Record<AccountProblem, string>> = {
  unbound: `The token is not bound (it has no usable claim kubernetes.io). ${INSTEAD}`,
  incomplete: 'The claim kubernetes.io must have the namespace, and the name and uid of the service account',
  'other-subject': 'The claims kubernetes.io and sub name different service accounts',
};

/**
 * Finds the service account in the claims of a token of a cluster. The claim `kubernetes.io`, which only bound tokens have, must name
 * namespace, name and uid of the account, and the same account as `sub`.
 *
 * The token is not compared with the cluster's present objects: it is valid until its `exp`, even if its pod or account is deleted
 * (docs/adr/0066-the-cluster-as-issuer.md).
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
 * @example
 * findServiceAccount(claims); // { namespace: 'ml-vision', name: 'trainer' }
 */
export function findServiceAccount(claims: JWTPayload): ServiceAccount | AccountProblem {
  const bound = claims['kubernetes.io'];
  if (!isObject(bound) || !isObject(bound.serviceaccount)) return 'unbound';
  const { namespace, serviceaccount: account } = bound;
  if (!isNamespace(namespace) || !isAccountName(account.name) || !isText(account.uid)) return 'incomplete';
  if (claims.sub !== `system:serviceaccount:${namespace}:${account.name}`) return 'other-subject';
  return { namespace, name: account.name };
}

/**
 * Requires that the claims of a verified token of a cluster name a service account, see {@link findServiceAccount}.
 *
 * @throws DenialError `token_invalid`
 * @example
 * readServiceAccount(claims); // { namespace: 'ml-vision', name: 'trainer' }
 */
export function readServiceAccount(claims: JWTPayload): ServiceAccount {
  refuseLegacyToken(claims.iss);
  const found = findServiceAccount(claims);
  if (typeof found === 'string') throw unauthorized('token_invalid', MESSAGES[found]);
  return found;
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** A DNS label (RFC 1123), as the names of namespaces are. */
export const isNamespace = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 63 && LABEL.test(value);

/** A DNS subdomain (RFC 1123), as the names of service accounts are; Kubernetes limits the whole name, not its labels. */
export const isAccountName = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 253 && value.split('.').every((label) => LABEL.test(label));

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
