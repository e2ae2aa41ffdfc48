import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRoles } from '../../rbac/roles.ts';
import { compileGrants, problemsOf } from './compile-grants.ts';
import type { Claims } from './finding.ts';
import type { ClaimPatternRule } from './grant-rule.ts';

const roles = createRoles();

const GITHUB: ClaimPatternRule = {
  kind: 'claim-pattern',
  claim: 'sub',
  pattern: 'repo:acme/{tenant}:ref:refs/heads/main',
  role: 'contributor',
};
const GITLAB: ClaimPatternRule = {
  kind: 'claim-pattern',
  claim: 'project_path',
  pattern: 'acme/ml/{tenant}',
  role: 'contributor',
  where: new Map([
    ['ref_protected', 'true'],
    ['ref_type', 'branch'],
  ]),
};

function tenants(rule: ClaimPatternRule, claims: Claims): string[] {
  return [...compileGrants([rule], roles)(claims).grants.keys()];
}

describe('a job of GitHub Actions', () => {
  it('gets the tenant of its repository', () => {
    const sub = 'repo:acme/vision:ref:refs/heads/main';
    const { grants } = compileGrants([GITHUB], roles)({ sub });
    expect([...grants.values()]).toEqual([{ tenant: 'vision', roles: ['contributor'] }]);
  });

  it.each([
    'repo:acme/vision:ref:refs/heads/dev',
    'repo:acme/vision:pull_request',
    'repo:acme/vision:ref:refs/heads/main/x',
    'repo:acme/vision:ref:refs/heads/main:x',
    'xrepo:acme/vision:ref:refs/heads/main',
    'repo:acme-evil/vision:ref:refs/heads/main',
    'repo:evil/acme/vision:ref:refs/heads/main',
    'repo:Acme/vision:ref:refs/heads/main',
    'repo:acme/vision:environment:ref:refs/heads/main',
    'repo:acme:vision/ref:refs/heads/main',
    'repo:acme/:ref:refs/heads/main',
    'repo:acme/a b:ref:refs/heads/main',
    'repo:acme/-x:ref:refs/heads/main',
    'repo:acme/vision:ref:refs/heads/main\n',
    '',
  ])('%j gets none', (sub) => {
    expect(tenants(GITHUB, { sub })).toEqual([]);
  });

  it.each([[['repo:acme/vision:ref:refs/heads/main']], [{}], [null], [3], ['x'.repeat(600)]])(
    'a claim of another type or length gives none: %j',
    (sub) => {
      expect(tenants(GITHUB, { sub })).toEqual([]);
    },
  );

  it('may have any branch of a folder by *, which ends at / and :', () => {
    const rule = { ...GITHUB, pattern: 'repo:acme/{tenant}:ref:refs/heads/release-*' };
    expect(tenants(rule, { sub: 'repo:acme/vision:ref:refs/heads/release-1.2' })).toEqual(['vision']);
    for (const branch of ['release-', 'release-1/x', 'release-1:x', 'xrelease-1']) {
      expect(tenants(rule, { sub: `repo:acme/vision:ref:refs/heads/${branch}` })).toEqual([]);
    }
  });

  it('gets the tenant beside a pattern that names its repository', () => {
    const rule = { ...GITHUB, pattern: 'repo:acme/churn-model:environment:*', tenant: 'marketing' };
    expect(tenants(rule, { sub: 'repo:acme/churn-model:environment:prod' })).toEqual(['marketing']);
    expect(tenants(rule, { sub: 'repo:acme/churn-model-2:environment:prod' })).toEqual([]);
  });
});

describe('a job of GitLab', () => {
  const claims = { project_path: 'acme/ml/vision', ref_protected: 'true', ref_type: 'branch' };

  it('gets the tenant of its project on a protected branch', () => {
    expect(tenants(GITLAB, claims)).toEqual(['vision']);
    expect(tenants(GITLAB, { ...claims, ref_protected: true })).toEqual(['vision']);
  });

  it.each([
    [{ ref_protected: 'false' }],
    [{ ref_protected: false }],
    [{ ref_protected: undefined }],
    [{ ref_protected: ['true'] }],
    [{ ref_protected: 'TRUE' }],
    [{ ref_type: 'tag' }],
    [{ project_path: 'acme/ml/vision/sub' }],
    [{ project_path: 'acme/mlx/vision' }],
  ])('gets none with %j', (other) => {
    expect(tenants(GITLAB, { ...claims, ...other })).toEqual([]);
  });

  it('reports the claim with a wrong value', () => {
    const whys: unknown[] = [];
    compileGrants([GITLAB], roles)({ ...claims, ref_type: 'tag' }, ({ why }) => void whys.push(why));
    expect(whys).toEqual(['the claim ref_type is not branch']);
  });
});

describe('any value', () => {
  it('matches as the same pattern written as a regular expression', () => {
    const pieces = fc.constantFrom('{tenant}', '*', 'a', 'b', '-', '/', ':', '@', '.');
    const patterns = fc.array(pieces, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));
    const texts = fc.stringMatching(/^[ab./:@-]{0,10}$/);
    const values = fc.oneof(
      texts.map((text) => () => text),
      // Near the language of the pattern: each placeholder has some text.
      fc.tuple(texts, texts).map(
        ([a, b]) =>
          (pattern: string) =>
            pattern.replace('{tenant}', a).replaceAll('*', b),
      ),
    );
    fc.assert(
      fc.property(patterns, values, (pattern, valueFor) => {
        const value = valueFor(pattern);
        const tenant = pattern.includes('{tenant}') ? undefined : 'fixed';
        const rule: ClaimPatternRule = { kind: 'claim-pattern', claim: 'c', pattern, tenant, role: 'viewer' };
        fc.pre(problemsOf(rule, 'grants[0]', roles).length === 0);
        const source = pattern
          .replace(/[.-]/g, '\\$&')
          .replace('{tenant}', '([A-Za-z0-9][A-Za-z0-9._-]{0,127})')
          .replaceAll('*', '[^/:@]+')
          .replaceAll('/', '\\/');
        const match = new RegExp(`^${source}$`).exec(value);
        expect(tenants(rule, { c: value })).toEqual(match === null ? [] : [match[1] ?? 'fixed']);
      }),
      { numRuns: 5_000 },
    );
  });
});

it('reports the problems of the rule by path', () => {
  const problems = (other: Partial<ClaimPatternRule>): readonly string[] =>
    problemsOf({ ...GITHUB, ...other }, 'grants[0]', roles);
  expect(problems({})).toEqual([]);
  expect(problems({ pattern: '' })).toEqual(['grants[0].pattern: must not be blank']);
  expect(problems({ pattern: 'repo:acme/x' })).toEqual([
    expect.stringContaining('must have {tenant}, as in repo:acme/'),
  ]);
  expect(problems({ pattern: '{tenant}/{tenant}' })).toEqual([
    'grants[0].pattern: may have {tenant} only once',
  ]);
  expect(problems({ tenant: 'vision' })).toEqual(['grants[0].pattern: has {tenant}, so leave tenant out']);
  expect(problems({ pattern: 'repo:acme/x', tenant: 'a b' })).toEqual([
    expect.stringContaining('grants[0].tenant: "a b" is not a tenant'),
  ]);
  expect(problems({ pattern: '{tenant}-*' })).toEqual([
    expect.stringContaining('needs /, : or @ between {tenant} and *'),
  ]);
  expect(problems({ pattern: '{tenant}/*-*' })).toEqual([
    expect.stringContaining('may have one * between /, : and @'),
  ]);
  expect(problems({ pattern: '{tenant}/{role}' })).toEqual([
    'grants[0].pattern: may have the placeholders {tenant}, and no other braces',
  ]);
  expect(problems({ role: 'owner', claim: ' ', where: new Map([['ref', 'refs/heads/*']]) })).toEqual([
    'grants[0].claim: A claim name must not be blank.',
    expect.stringContaining('grants[0].role: "owner" is no role'),
    expect.stringContaining('grants[0].where["ref"]: is compared exactly'),
  ]);
});

describe('the subject of GitHub Actions with ids', () => {
  const rule: ClaimPatternRule = { ...GITHUB, pattern: 'repo:acme@123456/{tenant}@*:ref:refs/heads/main' };

  it('gives the tenant of the repository, whatever its id', () => {
    expect(tenants(rule, { sub: 'repo:acme@123456/vision@456789:ref:refs/heads/main' })).toEqual(['vision']);
  });

  it.each([
    'repo:acme@999999/vision@456789:ref:refs/heads/main',
    'repo:acme/vision:ref:refs/heads/main',
    'repo:acme@123456/vision@4@5:ref:refs/heads/main',
    'repo:acme@123456/vision@:ref:refs/heads/main',
  ])('gives none for %s', (sub) => expect(tenants(rule, { sub })).toEqual([]));
});
