import { TENANT_PATTERN } from '../claims.ts';
import {
  type AccountProblem,
  findServiceAccount,
  isAccountName,
  isNamespace,
} from '../kubernetes/service-account-token.ts';
import type { CompiledRule } from './compiled-rule.ts';
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

const CLAIM = 'kubernetes.io';

const WHY: Readonly<Record<AccountProblem, string>> = {
  unbound: 'the token is not a bound token of a service account',
  incomplete: 'it does not name a namespace and a service account',
  'other-subject': 'the claim sub names another service account',
};

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
      ...(isNamespace(namespace) ? [] : [`${entryPath(path, namespace)}: is not a namespace of Kubernetes`]),
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
      const isAccount = isNamespace(namespace) && isAccountName(name) && more.length === 0;
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
 * Only bound tokens are read ({@link findServiceAccount}). Tokens of secrets (`kubernetes.io/serviceaccount/namespace`) never expire and
 * give no grant.
 *
 * @param rule without problems, see {@link namespaceProblems}
 */
export function compileNamespace(rule: NamespaceRule, position: number, roles: RoleWords): CompiledRule {
  const { tenants, accounts, pattern } = rule;
  const byPattern = pattern === undefined ? () => undefined : compilePattern(pattern);
  return {
    claims: [CLAIM],
    read(claims, grants, note) {
      const account = findServiceAccount(claims);
      if (typeof account === 'string') {
        note?.({ rule: position, claim: CLAIM, grants: [], why: WHY[account] });
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
