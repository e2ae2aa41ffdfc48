import { describe, expect, it } from 'vitest';
import { createRoles } from '../../rbac/roles.ts';
import { compileGrants, problemsOf } from './compile-grants.ts';
import type { Claims } from './finding.ts';
import type { NamespaceRule } from './grant-rule.ts';

const roles = createRoles();

const RULE: NamespaceRule = {
  kind: 'namespace',
  tenants: new Map([
    ['ml-vision', 'computer-vision'],
    ['speech', 'speech'],
  ]),
  pattern: 'ml-{tenant}',
  role: 'contributor',
  accounts: new Map([['ml-vision/trainer', 'admin']]),
};

/** The claims of a bound token, as the API server writes them. */
function bound(
  namespace: unknown,
  name: unknown,
  sub = `system:serviceaccount:${namespace}:${name}`,
): Claims {
  return {
    iss: 'https://kubernetes.default.svc',
    sub,
    'kubernetes.io': {
      namespace,
      node: { name: 'node-1', uid: 'f1c0' },
      pod: { name: 'train-0', uid: 'aa01' },
      serviceaccount: { name, uid: '9b7e' },
      warnafter: 1_790_000_000,
    },
  };
}

function read(claims: Claims, rule: NamespaceRule = RULE) {
  const whys: (string | undefined)[] = [];
  const found = compileGrants([rule], roles)(claims, ({ why }) => void whys.push(why));
  return { ...found, granted: [...found.grants.values()], why: whys[0] };
}

describe('a bound token of a service account', () => {
  it('grants the tenant of the table, with the role of the account', () => {
    expect(read(bound('ml-vision', 'trainer')).granted).toEqual([
      { tenant: 'computer-vision', roles: ['admin'] },
    ]);
  });

  it('grants the role of the namespace to other accounts', () => {
    expect(read(bound('ml-vision', 'default')).granted).toEqual([
      { tenant: 'computer-vision', roles: ['contributor'] },
    ]);
  });

  it('grants the tenant of the pattern if the table does not name the namespace', () => {
    expect(read(bound('ml-audio', 'trainer')).granted).toEqual([{ tenant: 'audio', roles: ['contributor'] }]);
  });

  it('grants the tenant without a role if the rule has none for the account', () => {
    const found = read(bound('speech', 'default'), { ...RULE, role: undefined });
    expect(found.granted).toEqual([{ tenant: 'speech', roles: [] }]);
    expect(found.roleProblem).toEqual({
      reason: 'role_unrecognized',
      message: 'The service account has no role in its tenant',
    });
  });

  it.each([
    ['another namespace', bound('billing', 'trainer'), 'no tenant belongs to the namespace'],
    ['a namespace with the prefix alone', bound('ml', 'trainer'), 'no tenant belongs to the namespace'],
    [
      'another account in sub',
      bound('ml-vision', 'trainer', 'system:serviceaccount:ml-vision:other'),
      'the claim sub names another service account',
    ],
    [
      'another namespace in sub',
      bound('ml-vision', 'trainer', 'system:serviceaccount:speech:trainer'),
      'the claim sub names another service account',
    ],
    ['a person in sub', bound('ml-vision', 'trainer', 'ada'), 'the claim sub names another service account'],
    [
      'a namespace with a colon',
      bound('ml-vision:x', 'trainer'),
      'it does not name a namespace and a service account',
    ],
    [
      'an account with a colon',
      bound('ml-vision', 'a:trainer'),
      'it does not name a namespace and a service account',
    ],
    [
      'a namespace that is a list',
      bound(['ml-vision'], 'trainer'),
      'it does not name a namespace and a service account',
    ],
    [
      'an account that is missing',
      bound('ml-vision', undefined),
      'it does not name a namespace and a service account',
    ],
    [
      'no claim of Kubernetes',
      { sub: 'system:serviceaccount:ml-vision:trainer' },
      'the token is not a bound token of a service account',
    ],
    [
      'the claims of a secret',
      {
        sub: 'system:serviceaccount:ml-vision:trainer',
        'kubernetes.io/serviceaccount/namespace': 'ml-vision',
        'kubernetes.io/serviceaccount/service-account.name': 'trainer',
      },
      'the token is not a bound token of a service account',
    ],
    [
      'a list as the claim',
      { sub: 'x', 'kubernetes.io': ['ml-vision'] },
      'the token is not a bound token of a service account',
    ],
  ])('with %s grants nothing', (_name, claims, why) => {
    const found = read(claims);
    expect(found.granted).toEqual([]);
    expect(found.refusal?.reason).toBe('tenant_claim_missing');
    expect(found.why).toBe(why);
  });

  it('does not find inherited names in the tables', () => {
    expect(read(bound('constructor', 'trainer')).granted).toEqual([]);
    expect(
      read({ ...bound('ml-x', 'y'), 'kubernetes.io': Object.create(bound('ml-x', 'y')) }).granted,
    ).toEqual([]);
  });
});

it('reports the problems of the rule by path', () => {
  const problems = (rule: Partial<NamespaceRule>): readonly string[] =>
    problemsOf({ kind: 'namespace', ...rule }, 'grants[0]', roles);
  expect(problems({})).toEqual([
    'grants[0].namespace: needs tenants, pattern, or both',
    'grants[0].namespace: needs role, accounts, or both',
  ]);
  expect(
    problems({
      tenants: new Map([['Ml_Vision', 'a b']]),
      pattern: 'ml-*',
      role: 'owner',
      accounts: new Map([
        ['trainer', 'admin'],
        ['a/b/c', 'owner'],
      ]),
    }),
  ).toEqual([
    'grants[0].namespace.tenants["Ml_Vision"]: is not a namespace of Kubernetes',
    expect.stringContaining('grants[0].namespace.tenants["Ml_Vision"]: "a b" is not a tenant'),
    'grants[0].namespace.pattern: must have {tenant} once and no *, as in ml-{tenant}',
    expect.stringContaining('grants[0].namespace.role: "owner" is no role'),
    'grants[0].namespace.accounts["trainer"]: must be NAMESPACE/NAME of a service account',
    'grants[0].namespace.accounts["a/b/c"]: must be NAMESPACE/NAME of a service account',
    expect.stringContaining('grants[0].namespace.accounts["a/b/c"]: "owner" is no role'),
  ]);
  expect(problems(RULE)).toEqual([]);
});
