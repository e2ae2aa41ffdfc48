import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../limits.ts';
import { createRoles } from '../../rbac/roles.ts';
import { compileGrants, problemsOfAll } from './compile-grants.ts';
import type { Claims, Finding } from './finding.ts';
import type { GrantRule, GroupPatternRule, GroupTableRule, TenantClaimRule } from './grant-rule.ts';

const roles = createRoles({ viewerAliases: ['readers'] });

const PATTERN: GroupPatternRule = {
  kind: 'group-pattern',
  claim: 'groups',
  pattern: 'mlflow-{tenant}-{role}',
};
const TEAMS: GroupPatternRule = {
  kind: 'group-pattern',
  claim: 'groups',
  pattern: '/teams/{tenant}',
  role: 'viewer',
};
const TENANT: TenantClaimRule = {
  kind: 'tenant-claim',
  claim: 'tenant_id',
  roleClaims: ['roles'],
  list: false,
};
const TABLE: GroupTableRule = {
  kind: 'group-table',
  claim: 'groups',
  table: new Map([
    ['0b1c', [{ tenant: 'vision', role: 'readers' }]],
    [
      '77aa',
      [
        { tenant: 'speech', role: 'admin' },
        { tenant: 'vision', role: 'contributor' },
      ],
    ],
  ]),
};

function grants(rules: readonly GrantRule[], claims: Claims): Record<string, readonly string[]> {
  const found = compileGrants(rules, roles)(claims);
  expect(found.refusal).toBeUndefined();
  return Object.fromEntries([...found.grants.values()].map((grant) => [grant.tenant, grant.roles]));
}

function findings(rules: readonly GrantRule[], claims: Claims): Finding[] {
  const found: Finding[] = [];
  compileGrants(rules, roles)(claims, (finding) => void found.push(finding));
  return found;
}

describe('grants', () => {
  it('of a person in two teams are viewer in one and admin in the other', () => {
    expect(grants([PATTERN], { groups: ['mlflow-vision-viewer', 'mlflow-speech-admin', 'staff'] })).toEqual({
      vision: ['viewer'],
      speech: ['admin'],
    });
  });

  it('unite the roles that several rules and groups give in one tenant, strongest first', () => {
    const claims = {
      tenant_id: 'vision',
      roles: ['contributor'],
      groups: ['/teams/vision', '0b1c', 'mlflow-vision-admin', '77aa'],
    };
    expect(grants([TENANT, PATTERN, TEAMS, TABLE], claims)).toEqual({
      vision: ['admin', 'contributor', 'viewer'],
      speech: ['admin'],
    });
  });

  it('of a table need the exact group', () => {
    expect(grants([TABLE], { groups: ['0b1c'] })).toEqual({ vision: ['viewer'] });
    for (const group of ['0B1C', ' 0b1c', '0b1c ', '__proto__', 'constructor', '0b1', ['0b1c']]) {
      expect(compileGrants([TABLE], roles)({ groups: [group] }).grants.size).toBe(0);
    }
  });

  it('come from one text as from one group', () => {
    expect(grants([PATTERN], { groups: 'mlflow-vision-viewer' })).toEqual({ vision: ['viewer'] });
    expect(
      compileGrants([PATTERN], roles)({ groups: 'mlflow-vision-viewer mlflow-speech-admin' }).grants.size,
    ).toBe(0);
  });

  it('ignore members of a list that are not text', () => {
    const groups = [
      null,
      3,
      { 'mlflow-vision-admin': true },
      ['mlflow-vision-admin'],
      'mlflow-speech-viewer',
    ];
    expect(grants([PATTERN], { groups })).toEqual({ speech: ['viewer'] });
  });

  it('do not come from inherited properties', () => {
    const claims = JSON.parse(
      '{"__proto__":{"groups":["mlflow-vision-admin"]},"groups":["mlflow-__proto__-admin"]}',
    );
    expect(compileGrants([PATTERN], roles)(claims).grants.size).toBe(0);
    expect(
      compileGrants([PATTERN], roles)(Object.create({ groups: ['mlflow-vision-admin'] })).grants.size,
    ).toBe(0);
    expect(grants([PATTERN], { groups: ['mlflow-constructor-admin'] })).toEqual({ constructor: ['admin'] });
  });

  it('do not come from a group that two patterns read as two tenants', () => {
    const rules = [PATTERN, { ...PATTERN, pattern: '{tenant}-x-admin', role: 'viewer' }];
    const claims = { groups: ['mlflow-a-x-admin', 'mlflow-b-viewer', 'c-x-admin'] };
    expect(grants(rules, claims)).toEqual({ b: ['viewer'], c: ['viewer'] });
    expect(findings(rules, claims).filter(({ value }) => value === 'mlflow-a-x-admin')).toEqual(
      [0, 1].map((rule) => ({
        rule,
        claim: 'groups',
        value: 'mlflow-a-x-admin',
        grants: [],
        why: 'it has several readings: admin of a-x, viewer of mlflow-a',
      })),
    );
  });

  it('come from a group that two patterns read as one tenant', () => {
    const rules = [TEAMS, { ...TEAMS, role: 'contributor' }];
    expect(grants(rules, { groups: ['/teams/vision'] })).toEqual({ vision: ['contributor', 'viewer'] });
  });

  it('are frozen', () => {
    const { grants: found } = compileGrants([PATTERN], roles)({ groups: ['mlflow-vision-viewer'] });
    expect(Object.isFrozen(found.get('vision'))).toBe(true);
    expect(Object.isFrozen(found.get('vision')?.roles)).toBe(true);
  });
});

describe('the tenant claim', () => {
  const read = compileGrants([TENANT], roles);

  it.each([
    [{}, 'tenant_claim_missing', 'Missing tenant claim: tenant_id'],
    [{ tenant_id: ' ' }, 'tenant_claim_missing', 'Missing tenant claim: tenant_id'],
    [{ tenant_id: ['a'] }, 'tenant_claim_invalid', 'Tenant claim tenant_id must be a single string'],
    [
      { tenant_id: 'a b' },
      'tenant_claim_invalid',
      "Tenant claim tenant_id must be 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit",
    ],
  ])('%j is refused as before', (claims, reason, message) => {
    expect(read(claims)).toEqual({ grants: new Map(), refusal: { reason, message } });
  });

  it.each([
    [{}, 'role_missing', 'Missing role claim(s): roles'],
    [{ roles: ['owner'] }, 'role_unrecognized', 'No recognized roles found in claim(s): roles'],
    [
      { roles: { admin: true } },
      'role_unrecognized',
      'No recognized roles found in claim(s): roles. An object was received: send a list of role names, or text.',
    ],
  ])('grants the tenant without a role for %j', (claims, reason, message) => {
    const found = read({ tenant_id: 'vision', ...claims });
    expect(found.grants.get('vision')?.roles).toEqual([]);
    expect(found.roleProblem).toEqual({ reason, message });
  });

  it('refuses the token if it is invalid, also if another rule grants a tenant', () => {
    const both = compileGrants([TENANT, PATTERN], roles);
    const groups = ['mlflow-vision-viewer'];
    expect(both({ tenant_id: ['a'], groups }).refusal?.reason).toBe('tenant_claim_invalid');
    expect(both({ tenant_id: ['a'], groups }).grants.size).toBe(0);
    expect([...both({ groups }).grants.keys()]).toEqual(['vision']);
  });

  it('names no role problem if each tenant has a role', () => {
    const both = compileGrants([TENANT, PATTERN], roles);
    expect(both({ tenant_id: 'vision', groups: ['mlflow-vision-viewer'] }).roleProblem).toBeUndefined();
    expect(both({ tenant_id: 'speech', groups: ['mlflow-vision-viewer'] }).roleProblem?.reason).toBe(
      'role_missing',
    );
  });

  it('may be a list where the rule allows it, and every member must be valid', () => {
    const list = [{ ...TENANT, list: true }];
    expect(grants(list, { tenant_id: ['a', 'b', 'a'], roles: 'admin' })).toEqual({
      a: ['admin'],
      b: ['admin'],
    });
    expect(grants(list, { tenant_id: 'a', roles: 'admin' })).toEqual({ a: ['admin'] });
    for (const tenants of [['a', ''], ['a', null], ['a', ['b']], ['a', 'b c'], [1]]) {
      expect(compileGrants(list, roles)({ tenant_id: tenants }).refusal?.reason).toBe('tenant_claim_invalid');
    }
    expect(compileGrants(list, roles)({ tenant_id: [] }).refusal?.reason).toBe('tenant_claim_missing');
  });
});

describe('a token is refused', () => {
  const groups = (count: number): string[] => Array.from({ length: count }, (_, i) => `group-${i}`);
  const most = LIMITS.groupsPerToken.value;

  it('without a grant, naming the claims', () => {
    expect(compileGrants([TENANT, PATTERN, TEAMS, TABLE], roles)({ groups: ['staff'] }).refusal).toEqual({
      reason: 'tenant_claim_missing',
      message: 'No claim of the token grants a tenant. Claims looked at: tenant_id, groups',
    });
  });

  it('with more groups than the limit, of all claims together, wherever the one that grants stands', () => {
    const wanted = 'mlflow-vision-viewer';
    const rules: GrantRule[] = [PATTERN, { ...PATTERN, claim: 'roles' }];
    const read = compileGrants(rules, roles);
    expect([...read({ groups: [...groups(most - 2), wanted], roles: ['x'] }).grants.keys()]).toEqual([
      'vision',
    ]);
    for (const claims of [
      { groups: [wanted, ...groups(most)] },
      { groups: [...groups(most), wanted] },
      { groups: groups(most), roles: [wanted] },
    ]) {
      const { grants: found, refusal } = read(claims);
      expect(found.size).toBe(0);
      expect(refusal?.reason).toBe('too_many_groups');
    }
  });

  it('counts a claim that several rules read once', () => {
    const read = compileGrants([PATTERN, TEAMS, TABLE], roles);
    expect(read({ groups: [...groups(most - 1), '0b1c'] }).grants.size).toBe(1);
  });

  it('with more tenants than the limit', () => {
    const most = LIMITS.grantsPerPrincipal.value;
    const teams = (count: number): string[] => Array.from({ length: count }, (_, i) => `mlflow-t${i}-viewer`);
    const read = compileGrants([PATTERN], roles);
    expect(read({ groups: [...teams(most), 'mlflow-t0-admin'] }).grants.size).toBe(most);
    expect(read({ groups: teams(most + 1) })).toMatchObject({ refusal: { reason: 'too_many_groups' } });
    const list = compileGrants([{ ...TENANT, list: true }], roles);
    const names = Array.from({ length: most + 1 }, (_, i) => `t${i}`);
    expect(list({ tenant_id: names }).refusal?.reason).toBe('too_many_groups');
  });

  it('with a group that is too long only if nothing else grants a tenant', () => {
    const long = `mlflow-${'x'.repeat(LIMITS.groupLength.value)}-viewer`;
    expect(compileGrants([TEAMS], roles)({ groups: [long] }).grants.size).toBe(0);
    expect(grants([PATTERN], { groups: [long, 'mlflow-a-viewer'] })).toEqual({ a: ['viewer'] });
  });
});

describe('groups that Entra ID left out', () => {
  it.each([
    [{ _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph.example' } } }],
    [{ _claim_names: { groups: 'src1' }, groups: ['mlflow-vision-viewer'] }],
    [{ hasgroups: true }],
    [{ hasgroups: 'true' }],
    [{ hasgroups: true, groups: [] }],
  ])('refuse the token: %j', (claims) => {
    for (const rules of [[PATTERN], [TABLE], [TENANT, TABLE], [{ ...TABLE, claim: '/groups' }]]) {
      const { grants: found, refusal } = compileGrants(
        rules,
        roles,
      )({ tenant_id: 'vision', roles: 'admin', ...claims });
      expect(found.size).toBe(0);
      expect(refusal?.reason).toBe('groups_overage');
      expect(refusal?.message).toContain('Groups assigned to the application, or use app roles');
    }
  });

  it.each([
    ['another claim is left out', { _claim_names: { wids: 'src1' }, groups: ['0b1c'] }],
    ['the groups are there', { hasgroups: true, groups: ['0b1c'] }],
    ['hasgroups is false', { hasgroups: false, groups: ['0b1c'] }],
    ['the names are no object', { _claim_names: 'groups', groups: ['0b1c'] }],
  ])('do not matter if %s', (_name, claims) => {
    expect(grants([TABLE], claims)).toEqual({ vision: ['viewer'] });
  });

  it('do not matter without a rule for groups', () => {
    const claims = { tenant_id: 'vision', roles: 'admin', _claim_names: { groups: 'src1' }, hasgroups: true };
    expect(grants([TENANT], claims)).toEqual({ vision: ['admin'] });
  });
});

describe('findings', () => {
  it('name the grant of each value, or why it gave none', () => {
    const claims = {
      tenant_id: 'vision',
      roles: ['viewer', 'owner'],
      groups: ['mlflow-speech-admin', 'mlflow-x-owner', 7],
    };
    expect(findings([TENANT, PATTERN], claims)).toEqual([
      { rule: 0, claim: 'tenant_id', value: 'vision', grants: [{ tenant: 'vision', roles: ['viewer'] }] },
      { rule: 0, claim: 'roles', value: 'viewer', grants: [{ tenant: 'vision', roles: ['viewer'] }] },
      { rule: 0, claim: 'roles', value: 'owner', grants: [], why: 'it is no role and no alias of one' },
      {
        rule: 1,
        claim: 'groups',
        value: 'mlflow-speech-admin',
        grants: [{ tenant: 'speech', roles: ['admin'] }],
      },
      {
        rule: 1,
        claim: 'groups',
        value: 'mlflow-x-owner',
        grants: [],
        why: 'it does not have the form mlflow-{tenant}-{role} with a role or an alias of one',
      },
      { rule: 1, claim: 'groups', grants: [], why: 'a group is not text' },
    ]);
  });

  it('name claims that are missing or have no group', () => {
    const whys = (claims: Claims): unknown[] =>
      findings([TENANT, TEAMS], claims).map(({ claim, why }) => [claim, why]);
    expect(whys({})).toEqual([
      ['tenant_id', 'the token has no such claim, or it is blank'],
      ['groups', 'the token has no such claim'],
    ]);
    expect(whys({ groups: {} })[1]).toEqual(['groups', 'it is neither a list nor text']);
    expect(whys({ groups: [] })[1]).toEqual(['groups', 'it has no group']);
    expect(whys({ groups: ['/teams/a/b'] })[1]).toEqual([
      'groups',
      'the tenant in it would have characters that a tenant cannot have, or is too long',
    ]);
    expect(whys({ groups: ['0b1c'] })[1]).toEqual(['groups', 'it does not have the form /teams/{tenant}']);
  });
});

describe('problemsOfAll', () => {
  it('reports the problems of all rules together, by path', () => {
    const bad: GrantRule[] = [
      { ...TENANT, claim: ' ', roleClaims: ['~'] },
      { ...TENANT, roleClaims: [] },
      { ...PATTERN, claim: '/~', pattern: '{tenant}{role}' },
      { ...TABLE, table: new Map([['g', [{ tenant: 'a b', role: 'owner' }]]]) },
      { ...TABLE, table: new Map() },
      { ...TABLE, table: new Map([[' ', []]]) },
    ];
    expect(problemsOfAll(bad, 'issuers[2].grants', roles)).toEqual([
      'issuers[2].grants[0].tenantClaim: A claim name must not be blank.',
      'issuers[2].grants[1].roleClaims: at least one',
      expect.stringMatching(/^issuers\[2\]\.grants\[2\]\.groups: "\/~" is not a JSON Pointer/),
      expect.stringMatching(/^issuers\[2\]\.grants\[2\]\.pattern: needs text between/),
      expect.stringMatching(/^issuers\[2\]\.grants\[3\]\.table\["g"\]\.tenant: "a b" is not a tenant/),
      expect.stringMatching(/^issuers\[2\]\.grants\[3\]\.table\["g"\]\.role: "owner" is no role/),
      'issuers[2].grants[4].table: has no entry',
      'issuers[2].grants[5].table[" "]: a group must not be blank',
      'issuers[2].grants[5].table[" "]: has no grant',
    ]);
  });

  it('needs a rule', () => {
    expect(problemsOfAll([], 'grants', roles)).toEqual(['grants: at least one']);
  });

  it('refuses a table beyond the limit', () => {
    const table = new Map(
      Array.from({ length: LIMITS.groupTableEntries.value + 1 }, (_, i) => [
        `g${i}`,
        [{ tenant: 'a', role: 'viewer' }],
      ]),
    );
    expect(problemsOfAll([{ ...TABLE, table }], 'grants', roles)).toEqual([
      'grants[0].table: must have at most 50000 entries',
    ]);
  });

  it('reports the first problems of a table, and the number of the others', () => {
    const table = new Map(Array.from({ length: 30 }, (_, i) => [`g${i}`, [{ tenant: 'a', role: 'owner' }]]));
    const problems = problemsOfAll([{ ...TABLE, table }], 'grants', roles);
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('grants[0].table: and 10 more problems');
  });

  it('refuses a pattern that another one of the same claim always reads as another tenant', () => {
    const short: GroupPatternRule = { ...PATTERN, pattern: 'mlflow-{tenant}', role: 'viewer' };
    const [problem, ...more] = problemsOfAll([short, PATTERN], 'grants', roles);
    expect(problem).toContain('grants[1].pattern: grants[0].pattern reads every group of it too');
    expect(more).toEqual([]);
    expect(problemsOfAll([{ ...short, claim: 'roles' }, PATTERN], 'grants', roles)).toEqual([]);
    expect(problemsOfAll([short, TEAMS, TABLE], 'grants', roles)).toEqual([]);
  });
});
