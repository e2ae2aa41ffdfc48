import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRoles } from '../../rbac/roles.ts';
import { TENANT_PATTERN } from '../claims.ts';
import { compileGroupPattern, groupPatternProblems, type Reading } from './group-pattern.ts';

const roles = createRoles({ viewerAliases: ['readers'], adminAliases: ['Team Leads'] });

function read(pattern: string, group: string, role?: string): readonly Reading[] {
  return compileGroupPattern({ kind: 'group-pattern', claim: 'groups', pattern, role }, roles).read(group);
}

describe('a pattern with {tenant} and {role}', () => {
  it.each([
    ['mlflow-{tenant}-{role}', 'mlflow-vision-viewer', 'vision', 'viewer'],
    ['mlflow-{tenant}-{role}', 'mlflow-vision-readers', 'vision', 'viewer'],
    ['mlflow-{tenant}-{role}', 'mlflow-team-admin-viewer', 'team-admin', 'viewer'],
    ['mlflow-{tenant}-{role}', 'mlflow-team-admin', 'team', 'admin'],
    ['mlflow-{tenant}-{role}', 'mlflow-mlflow-x-admin', 'mlflow-x', 'admin'],
    ['mlflow-{tenant}-{role}', 'mlflow-admin-admin', 'admin', 'admin'],
    ['mlflow-{tenant}-{role}', 'mlflow-constructor-admin', 'constructor', 'admin'],
    ['/teams/{tenant}/{role}', '/teams/vision/Team Leads', 'vision', 'admin'],
    ['{role}@{tenant}', 'admin@vision', 'vision', 'admin'],
    ['ml:{role}:{tenant}:eu', 'ml:admin:vision:eu', 'vision', 'admin'],
    ['{role}-{tenant}', 'viewer-admin-x', 'admin-x', 'viewer'],
  ])('%s reads %s', (pattern, group, tenant, role) => {
    expect(read(pattern, group)).toEqual([{ tenant, role }]);
  });

  it.each([
    ['mlflow-{tenant}-{role}', 'mlflow-vision-Viewer'],
    ['mlflow-{tenant}-{role}', 'MLflow-vision-viewer'],
    ['mlflow-{tenant}-{role}', 'xmlflow-vision-viewer'],
    ['mlflow-{tenant}-{role}', 'mlflow-vision-viewer '],
    ['mlflow-{tenant}-{role}', 'mlflow-vision-viewer\n'],
    ['mlflow-{tenant}-{role}', 'mlflow-vision-viewers'],
    ['mlflow-{tenant}-{role}', 'mlflow-vision-constructor'],
    ['mlflow-{tenant}-{role}', 'mlflow-vision-platform-admin-'],
    ['mlflow-{tenant}-{role}', 'mlflow--viewer'],
    ['mlflow-{tenant}-{role}', 'mlflow-viewer'],
    ['mlflow-{tenant}-{role}', 'mlflow--x-viewer'],
    ['mlflow-{tenant}-{role}', 'mlflow-a b-viewer'],
    ['mlflow-{tenant}-{role}', 'mlflow-a/b-viewer'],
    ['mlflow-{tenant}-{role}', 'mlflow-visiön-viewer'],
    ['mlflow-{tenant}-{role}', `mlflow-${'x'.repeat(129)}-viewer`],
    ['mlflow-{tenant}-{role}', '{tenant}'],
    ['mlflow-{tenant}-{role}', 'mlflow-{tenant}-{role}'],
    ['/teams/{tenant}/{role}', '/teams/vision/sub/viewer'],
    ['/teams/{tenant}/{role}', '/teams/vision/viewer/x'],
    ['/teams/{tenant}/{role}', '/teams/vision'],
    ['/teams/{tenant}/{role}', '/Teams/vision/viewer'],
    ['aXa{tenant}aXa', 'aXaXa'],
  ])('%s does not read %j', (pattern, group) => {
    expect(read(pattern, group, pattern.includes('{role}') ? undefined : 'viewer')).toEqual([]);
  });

  it('does not read an alias of platform-admin as a role', () => {
    const all = createRoles({ platformAdminAliases: ['root', 'platform-admin'] });
    const pattern = compileGroupPattern(
      { kind: 'group-pattern', claim: 'groups', pattern: 'ml/{tenant}/{role}' },
      all,
    );
    expect(pattern.read('ml/vision/root')).toEqual([]);
    expect(pattern.read('ml/vision/platform-admin')).toEqual([]);
    expect(pattern.read('ml/vision/admin')).toHaveLength(1);
  });
});

describe('a pattern with a role beside it', () => {
  it('reads the whole rest as the tenant', () => {
    expect(read('/teams/{tenant}', '/teams/vision', 'readers')).toEqual([
      { tenant: 'vision', role: 'viewer' },
    ]);
    expect(read('ml-{tenant}-users', 'ml-a-users-users', 'admin')).toEqual([
      { tenant: 'a-users', role: 'admin' },
    ]);
  });

  it('reads no tenant with other characters', () => {
    expect(read('/teams/{tenant}', '/teams/vision/admin', 'viewer')).toEqual([]);
    expect(read('/teams/{tenant}', '/teams/', 'viewer')).toEqual([]);
    expect(read('/teams/{tenant}', '/teams/../vision', 'viewer')).toEqual([]);
  });
});

describe('groupPatternProblems', () => {
  const problems = (pattern: string, role?: string, known = roles): readonly string[] =>
    groupPatternProblems({ kind: 'group-pattern', claim: 'groups', pattern, role }, 'grants[1]', known);

  it.each([
    ['mlflow-{tenant}-{role}', undefined],
    ['/teams/{tenant}', 'viewer'],
    ['{tenant}', 'Team Leads'],
    ['{role}.{tenant}', undefined],
  ])('accepts %s with role %s', (pattern, role) => {
    expect(problems(pattern, role)).toEqual([]);
  });

  it.each([
    [
      '{tenant}{role}',
      undefined,
      'grants[1].pattern: needs text between {tenant} and {role}, as in {tenant}-{role}',
    ],
    ['ml-{role}{tenant}', undefined, 'needs text between'],
    ['mlflow', 'viewer', 'grants[1].pattern: must have {tenant} once'],
    ['{tenant}-{tenant}', 'viewer', 'must have {tenant} once'],
    ['{role}-{tenant}-{role}', undefined, 'may have {role} only once'],
    ['mlflow-{team}', 'viewer', 'may have the placeholders {tenant} and {role}, and no other braces'],
    ['mlflow-{tenant', 'viewer', 'no other braces'],
    ['mlflow-*-{tenant}', 'viewer', 'has no *'],
    ['{tenant}', undefined, 'grants[1].role: is required'],
    ['{tenant}-{role}', 'viewer', 'grants[1].role: the pattern has {role}'],
    [
      '{tenant}',
      'owner',
      'grants[1].role: "owner" is no role and no alias of one; roles: admin, contributor, viewer',
    ],
    ['{tenant}', 'constructor', 'is no role'],
    [`{tenant}${'x'.repeat(600)}`, 'viewer', 'must have at most 512 characters'],
  ])('refuses %s with role %s', (pattern, role, problem) => {
    expect(problems(pattern, role).join('\n')).toContain(problem);
  });

  it('refuses a role that always has a second reading, and accepts it behind a separator that no tenant has', () => {
    const stewards = createRoles({ viewerAliases: ['ml-viewer'], adminAliases: ['admin-of'] });
    expect(problems('mlflow-{tenant}-{role}', undefined, stewards)).toEqual([
      expect.stringContaining('the role "ml-viewer" can also be read as "viewer" in another tenant'),
    ]);
    expect(problems('mlflow-{role}-{tenant}', undefined, stewards)).toEqual([
      expect.stringContaining('the role "admin-of" can also be read as "admin"'),
    ]);
    expect(problems('mlflow/{tenant}/{role}', undefined, stewards)).toEqual([]);
    expect(problems('mlflow-{tenant}_{role}', undefined, stewards)).toEqual([]);
  });
});

const TENANTS = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,12}$/),
  // Tenants made of the separators and the words of roles.
  fc
    .array(fc.constantFrom('admin', 'viewer', 'readers', 'mlflow', 'a', '-', '_', '.'), {
      minLength: 1,
      maxLength: 5,
    })
    .map((parts) => parts.join(''))
    .filter((tenant) => TENANT_PATTERN.test(tenant)),
);
const WORDS = fc.constantFrom(...roles.words.keys());
const PATTERNS = fc.constantFrom(
  'mlflow-{tenant}-{role}',
  '/teams/{tenant}/{role}',
  '{role}-{tenant}',
  '{tenant}_{role}',
  '{tenant}--{role}',
  'admin-{role}.{tenant}-admin',
);

const format = (pattern: string, tenant: string, word: string): string =>
  pattern.replace('{tenant}', () => tenant).replace('{role}', () => word);

describe('any group', () => {
  it('of a tenant gives that tenant and no other', () => {
    fc.assert(
      fc.property(PATTERNS, TENANTS, WORDS, (pattern, tenant, word) => {
        expect(read(pattern, format(pattern, tenant, word))).toEqual([
          { tenant, role: roles.recognise([word]).roles[0] },
        ]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('outside of the language of the pattern gives nothing', () => {
    const pieces = fc.constantFrom(
      'mlflow',
      'teams',
      'admin',
      'viewer',
      'Team Leads',
      '-',
      '--',
      '/',
      '_',
      '.',
      'x',
      ' ',
      'é',
      '\n',
    );
    const groups = fc.oneof(
      fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(PATTERNS, groups, (pattern, group) => {
        for (const { tenant, role } of read(pattern, group)) {
          expect(tenant).toMatch(TENANT_PATTERN);
          const words = [...roles.words].filter(([, name]) => name === role).map(([word]) => word);
          expect(words.map((word) => format(pattern, tenant, word))).toContain(group);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('has exactly the readings that a search of all splits finds', () => {
    const words = fc.uniqueArray(fc.stringMatching(/^[ab-]{1,4}$/), { minLength: 1, maxLength: 4 });
    const separators = fc.stringMatching(/^[ab-]{1,3}$/);
    const texts = fc.stringMatching(/^[ab-]{0,14}$/);
    fc.assert(
      fc.property(words, separators, texts, fc.boolean(), (aliases, separator, group, last) => {
        const known = createRoles({ viewerAliases: aliases });
        const pattern = last ? `{tenant}${separator}{role}` : `{role}${separator}{tenant}`;
        const compiled = compileGroupPattern({ kind: 'group-pattern', claim: 'groups', pattern }, known);
        const found = compiled.read(group).map(({ tenant }) => tenant);
        const expected: string[] = [];
        for (let at = 0; at <= group.length; at++) {
          if (!group.startsWith(separator, at)) continue;
          const [left, right] = [group.slice(0, at), group.slice(at + separator.length)];
          const [tenant, word] = last ? [left, right] : [right, left];
          if (known.words.has(word) && TENANT_PATTERN.test(tenant)) expected.push(tenant);
        }
        expect(found.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 5_000 },
    );
  });

  it('has several readings only with words that the problems of the pattern name', () => {
    const words = fc.uniqueArray(fc.stringMatching(/^[ab-]{1,4}$/), { minLength: 1, maxLength: 4 });
    const texts = fc.stringMatching(/^[ab-]{1,14}$/);
    fc.assert(
      fc.property(words, texts, fc.boolean(), (aliases, group, last) => {
        const known = createRoles({ viewerAliases: aliases });
        const pattern = last ? '{tenant}-{role}' : '{role}-{tenant}';
        const rule = { kind: 'group-pattern', claim: 'groups', pattern } as const;
        if (compileGroupPattern(rule, known).read(group).length > 1) {
          expect(groupPatternProblems(rule, 'grants[0]', known)).not.toEqual([]);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
