import { describe, expect, it } from 'vitest';
import type { GrantRule } from './grant-rule.ts';
import { publicIssuerProblems } from './public-issuers.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';
const GITLAB = 'https://gitlab.com';
const GOOGLE = 'https://accounts.google.com';

const pattern = (claim: string, text: string, where: Record<string, string> = {}): GrantRule => ({
  kind: 'claim-pattern',
  claim,
  pattern: text,
  role: 'viewer',
  ...(text.includes('{tenant}') ? {} : { tenant: 'vision' }),
  where: new Map(Object.entries(where)),
});
const groups = (claim: string, text: string): GrantRule => ({
  kind: 'group-pattern',
  claim,
  pattern: text,
  role: 'viewer',
});
const table = (claim: string, ...names: readonly string[]): GrantRule => ({
  kind: 'group-table',
  claim,
  table: new Map(names.map((name) => [name, [{ tenant: 'vision', role: 'viewer' }]])),
});
const problems = (issuer: string, rule: GrantRule) =>
  publicIssuerProblems({ issuer, grants: [rule] }, 'issuers[0]');

describe('a rule for a public issuer is accepted if it names the owner', () => {
  it.each<[string, GrantRule]>([
    [GITHUB, pattern('sub', 'repo:acme/{tenant}:ref:refs/heads/main')],
    [GITHUB, pattern('sub', 'repo:acme@123456/{tenant}@*:ref:refs/heads/main')],
    [GITHUB, pattern('sub', 'repository_owner_id:123456:environment:{tenant}')],
    [GITHUB, pattern('/sub', 'repo:acme/{tenant}:*')],
    [GITHUB, pattern('repository', 'acme/{tenant}')],
    [GITHUB, pattern('repository_id', '456789')],
    [GITHUB, pattern('environment', '{tenant}', { repository_owner_id: '123456' })],
    [GITHUB, pattern('environment', '{tenant}', { repository: 'acme/deploy' })],
    [GITHUB, groups('repository', 'acme/{tenant}')],
    [GITHUB, table('repository', 'acme/ml')],
    [GITLAB, pattern('project_path', 'acme/{tenant}/*')],
    [GITLAB, pattern('sub', 'project_path:acme/{tenant}:ref_type:branch:ref:main')],
    [GITLAB, pattern('ref', '{tenant}', { namespace_id: '72' })],
    [GOOGLE, pattern('email', '{tenant}-trainer@acme-ml.iam.gserviceaccount.com')],
    [GOOGLE, pattern('email', 'alice@acme.com')],
    [GOOGLE, pattern('email', '{tenant}@acme.com', { hd: 'acme.com' })],
    [GOOGLE, pattern('hd', 'acme.com')],
    [GOOGLE, table('sub', '110169484474386276334')],
    ['https://gitlab.example.com', pattern('project_path', '{tenant}/*')],
    [`${GITHUB}/acme`, pattern('sub', 'repo:{tenant}/*:*')],
  ])('%s %o', (issuer, rule) => expect(problems(issuer, rule)).toEqual([]));
});

describe('a rule for a public issuer is refused if a stranger can have the value', () => {
  it.each<[string, GrantRule, string]>([
    [GITHUB, pattern('sub', 'repo:{tenant}/app:ref:refs/heads/main'), 'pattern'],
    [GITHUB, pattern('sub', 'repo:*/{tenant}:ref:refs/heads/main'), 'pattern'],
    [GITHUB, pattern('sub', 'repo:acme-*/{tenant}:ref:refs/heads/main'), 'pattern'],
    [GITHUB, pattern('sub', 'repo:{tenant}@123456/app@*:*'), 'pattern'],
    [GITHUB, pattern('sub', 'environment:prod:repository:acme/{tenant}'), 'pattern'],
    [GITHUB, pattern('sub', '{tenant}'), 'pattern'],
    [GITHUB, pattern('repository_owner', '{tenant}'), 'pattern'],
    [GITHUB, pattern('/repository', '{tenant}/ml'), 'pattern'],
    [GITHUB, pattern('ref', 'refs/heads/main'), 'pattern'],
    [GITHUB, pattern('environment', '{tenant}', { ref: 'refs/heads/main' }), 'pattern'],
    [
      GITHUB,
      pattern('job_workflow_ref', 'acme/{tenant}/.github/workflows/train.yml@refs/heads/main'),
      'pattern',
    ],
    [GITHUB, groups('environment', 'mlflow-{tenant}'), 'pattern'],
    [GITHUB, table('environment', 'production'), 'table["production"]'],
    [
      GITHUB,
      { kind: 'tenant-claim', claim: 'repository_owner', roleClaims: ['roles'], list: false },
      'tenantClaim',
    ],
    [GITLAB, pattern('project_path', '{tenant}/*'), 'pattern'],
    [GITLAB, pattern('sub', 'project_path:*/{tenant}:ref_type:branch:ref:main'), 'pattern'],
    [GITLAB, pattern('user_login', '{tenant}'), 'pattern'],
    [GITLAB, groups('groups_direct', 'acme/{tenant}'), 'pattern'],
    [GOOGLE, pattern('email', '*@{tenant}.iam.gserviceaccount.com'), 'pattern'],
    [GOOGLE, pattern('email', '{tenant}@acme.com'), 'pattern'],
    ['accounts.google.com', pattern('email', '{tenant}@acme.com'), 'pattern'],
    [GOOGLE, pattern('email', '{tenant}@developer.gserviceaccount.com'), 'pattern'],
    [GOOGLE, { kind: 'tenant-claim', claim: 'hd', roleClaims: ['roles'], list: false }, 'tenantClaim'],
  ])('%s %o', (issuer, rule, field) =>
    expect(problems(issuer, rule)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^issuers\\[0\\]\\.grants\\[0\\]\\.${RegExp.escape(field)}: lets strangers choose the tenant: every `,
        ),
      ),
    ]),
  );

  it('refuses platform-admins by a claim that anyone can have', () => {
    const grants = [pattern('sub', 'repo:acme/{tenant}:*')];
    const of = (claims: readonly string[], values: readonly string[]) =>
      publicIssuerProblems({ issuer: GITHUB, grants, platformAdmins: { claims, values } }, 'issuers[0]');
    expect(of(['repository'], ['acme/platform'])).toEqual([]);
    expect(of(['repository', 'environment'], ['acme/platform'])).toEqual([
      expect.stringMatching(
        /^issuers\[0\]\.platformAdmins: lets strangers be platform-admins: every repository/,
      ),
    ]);
  });
});
