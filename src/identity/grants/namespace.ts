import { compileClaim, TENANT_PATTERN } from '../claims.ts';
import type { CompiledRule } from './compiled-rule.ts';
import type { Claims } from './finding.ts';
import type { NamespaceRule } from './grant-rule.ts';
import {
  entryPath,
  lengthProblems,
  type RoleWords,
  roleProblems,
  sizeProblems,
  tenantProblems,
} from './problems.ts';
import { countOf, literalAt, parseTemplate, type TemplatePart, textBetween } from './template.ts';

/** A name of Kubernetes as namespaces have (RFC 1123 label). */
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The name of a service account (RFC 1123 subdomain; its length is checked by Kubernetes). */
const ACCOUNT = /^[a-z0-9][a-z0-9.-]{0,252}$/;

const CLAIM = 'kubernetes.io';

/** The problems of a rule. */
export function namespaceProblems(rule: NamespaceRule, path: string, roles: RoleWords): readonly string[] {
  const { tenants, pattern, role, accounts } = rule;
  const at = `${path}.namespace`;
  return [
    ...(tenants === undefined && pattern === undefined ? [`${at}: needs tenants, pattern, or both`] : []),
    ...(role === undefined && accounts === undefined ? [`${at}: needs role, accounts, or both`] : []),
    ...(tenants === undefined ? [] : tableProblems(tenants, `${at}.tenants`)),
    ...(pattern === undefined ? [] : patternProblems(pattern, `${at}.pattern`)),
    ...(role === undefined ? [] : roleProblems(role, `${at}.role`, roles)),
    ...(accounts === undefined ? [] : accountProblems(accounts, `${at}.accounts`, roles)),
  ];
}

function tableProblems(tenants: ReadonlyMap<string, string>, path: string): readonly string[] {
  return [
    ...sizeProblems(tenants.size, path),
    ...[...tenants].flatMap(([namespace, tenant]) => [
      ...(NAMESPACE.test(namespace)
        ? []
        : [`${entryPath(path, namespace)}: is not a namespace of Kubernetes`]),
      ...tenantProblems(tenant, entryPath(path, namespace)),
    ]),
  ];
}

function patternProblems(pattern: string, path: string): readonly string[] {
  const parts = parseTemplate(pattern, ['tenant']);
  const problem =
    typeof parts === 'string'
      ? parts
      : countOf(parts, 'tenant') !== 1 || pattern.includes('*')
        ? 'must have {tenant} once and no *, as in ml-{tenant}'
        : undefined;
  return [...lengthProblems(pattern, path), ...(problem === undefined ? [] : [`${path}: ${problem}`])];
}

function accountProblems(
  accounts: ReadonlyMap<string, string>,
  path: string,
  roles: RoleWords,
): readonly string[] {
  return [
    ...sizeProblems(accounts.size, path),
    ...[...accounts].flatMap(([account, role]) => {
      const [namespace = '', name = '', ...more] = account.split('/');
      const isAccount = NAMESPACE.test(namespace) && ACCOUNT.test(name) && more.length === 0;
      return [
        ...(isAccount ? [] : [`${entryPath(path, account)}: must be NAMESPACE/NAME of a service account`]),
        ...roleProblems(role, entryPath(path, account), roles),
      ];
    }),
  ];
}

/**
 * Compiles a rule that finds the tenant of a Kubernetes service account by its namespace. The table of namespaces goes first; the
 * pattern reads only namespaces that the table does not name.
 *
 * Only bound tokens are read: their claim `kubernetes.io` names namespace and account, and `sub` must say the same. Tokens of
 * secrets (`kubernetes.io/serviceaccount/namespace`) never expire and give no grant.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
 * @param rule without problems, see {@link namespaceProblems}
 */
export function compileNamespace(rule: NamespaceRule, position: number, roles: RoleWords): CompiledRule {
  const { tenants, accounts, pattern } = rule;
  const byPattern = pattern === undefined ? () => undefined : compilePattern(pattern);
  const own = { namespace: compileClaim('/namespace'), account: compileClaim('/serviceaccount/name') };
  return {
    claims: [CLAIM],
    read(claims, grants, note) {
      const account = accountOf(claims);
      if ('why' in account) {
        note?.({ rule: position, claim: CLAIM, grants: [], why: account.why });
        return undefined;
      }
      const { namespace, name } = account;
      const value = `${namespace}/${name}`;
      const tenant = tenants?.get(namespace) ?? byPattern(namespace);
      if (tenant === undefined) {
        note?.({
          rule: position,
          claim: CLAIM,
          value,
          grants: [],
          why: 'no tenant belongs to the namespace',
        });
        return undefined;
      }
      const word = accounts?.get(value) ?? rule.role;
      const role = word === undefined ? undefined : roles.words.get(word);
      const held = role === undefined ? [] : [role];
      grants.add(tenant, held);
      note?.({ rule: position, claim: CLAIM, value, grants: [{ tenant, roles: held }] });
      if (role !== undefined) return undefined;
      return { reason: 'role_unrecognized', message: 'The service account has no role in its tenant' };
    },
  };

  function accountOf(
    claims: Claims,
  ): { readonly namespace: string; readonly name: string } | { readonly why: string } {
    const bound = Object.hasOwn(claims, CLAIM) ? claims[CLAIM] : undefined;
    if (typeof bound !== 'object' || bound === null || Array.isArray(bound))
      return { why: 'the token is not a bound token of a service account' };
    const namespace = own.namespace(bound as Claims);
    const name = own.account(bound as Claims);
    if (typeof namespace !== 'string' || typeof name !== 'string')
      return { why: 'the token is not a bound token of a service account' };
    if (!NAMESPACE.test(namespace) || !ACCOUNT.test(name))
      return { why: 'it does not name a namespace and a service account' };
    const subject = Object.hasOwn(claims, 'sub') ? claims.sub : undefined;
    return subject === `system:serviceaccount:${namespace}:${name}`
      ? { namespace, name }
      : { why: 'the claim sub names another service account' };
  }
}

function compilePattern(pattern: string): (namespace: string) => string | undefined {
  const parts = parseTemplate(pattern, ['tenant']) as readonly TemplatePart[];
  const prefix = literalAt(parts, 0);
  const suffix = literalAt(parts, parts.length - 1);
  return (namespace) => {
    const tenant = textBetween(namespace, prefix, suffix);
    return tenant !== undefined && TENANT_PATTERN.test(tenant) ? tenant : undefined;
  };
}
