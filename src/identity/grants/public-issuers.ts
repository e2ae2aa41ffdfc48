import { topLevelName } from '../claims.ts';
import type { IssuerConfig } from '../issuer/issuer-config.ts';
import type { GrantRule } from './grant-rule.ts';
import { entryPath } from './problems.ts';

/** An issuer that gives tokens to anyone. Its signature proves the value of a claim, but not that the holder belongs to a team. */
interface PublicIssuer {
  /** The holders of its tokens, for messages. */
  readonly everybody: string;
  /** The issuer's term for an owner, for messages. */
  readonly owner: string;
  /** The remedy, for messages. */
  readonly fix: string;
  /**
   * The claims that name an owner, with what precedes the owner's name in a value. The name ends at `/`, `:`, `@` or the end.
   * Claims that the owner of the token's subject chooses (`ref`, `environment`) or that anyone can have (`job_workflow_ref` of a
   * public workflow) are not here. Neither are groups of the user who started a job of GitLab: a stranger's project has them too.
   */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  /** Whether a value names an owner in another form. */
  readonly isOwned?: (claim: string, pattern: string) => boolean;
}

const WHOLE = [''];

const GOOGLE = 'https://accounts.google.com';
/** Google may write its name in this form too. */
const OLD_GOOGLE = 'accounts.google.com';

/**
 * @see https://docs.github.com/actions/reference/security/oidc
 * @see https://docs.gitlab.com/ci/secrets/id_token_authentication/
 * @see https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload
 */
const PUBLIC_ISSUERS: ReadonlyMap<string, PublicIssuer> = new Map<string, PublicIssuer>([
  [
    'https://token.actions.githubusercontent.com',
    {
      everybody: 'every repository on GitHub',
      owner: 'organization',
      fix: 'Write the organization out, as in repo:acme/{tenant}:ref:refs/heads/main, or add where: { repository_owner_id: "123456" }',
      owners: new Map([
        ['sub', ['repo:', 'repository:', 'repository_owner:', 'repository_owner_id:', 'repository_id:']],
        ['repository', WHOLE],
        ['repository_id', WHOLE],
        ['repository_owner', WHOLE],
        ['repository_owner_id', WHOLE],
        ['enterprise', WHOLE],
        ['enterprise_id', WHOLE],
        ['workflow_ref', WHOLE],
      ]),
    },
  ],
  [
    'https://gitlab.com',
    {
      everybody: 'every project and every user on GitLab.com',
      owner: 'top-level group',
      fix: 'Write the top-level group out, as in acme/{tenant}, or add where: { namespace_id: "72" }',
      owners: new Map([
        ['sub', ['project_path:']],
        ['project_path', WHOLE],
        ['project_id', WHOLE],
        ['namespace_path', WHOLE],
        ['namespace_id', WHOLE],
      ]),
    },
  ],
  [
    GOOGLE,
    {
      everybody: 'every Google account and every service account of every project',
      owner: 'project or domain',
      fix: 'Write the project out, as in {tenant}-trainer@acme-ml.iam.gserviceaccount.com, or add where: { hd: acme.com }',
      owners: new Map([
        ['hd', WHOLE],
        ['sub', WHOLE],
      ]),
      isOwned: (claim, pattern) =>
        claim === 'email' && (isLiteral(pattern) || /@[^{}*@]+\.iam\.gserviceaccount\.com$/.test(pattern)),
    },
  ],
]);

/**
 * The problems of grants from an issuer that gives tokens to anyone: with `repo:{tenant}/app:*`, whoever creates an organization of
 * that name on GitHub is in the tenant. The name of the owner must be text of the rule.
 *
 * @param at the path of the issuer, as in `issuers[0]`
 * @example
 * publicIssuerProblems({ issuer: 'https://gitlab.com', grants: [rule] }, 'issuers[0]');
 * // ['issuers[0].grants[0].pattern: lets strangers choose the tenant: ...']
 */
export function publicIssuerProblems(
  { issuer, grants, platformAdmins }: Pick<IssuerConfig, 'issuer' | 'grants' | 'platformAdmins'>,
  at: string,
): readonly string[] {
  const known = PUBLIC_ISSUERS.get(issuer === OLD_GOOGLE ? GOOGLE : (issuer ?? ''));
  if (known === undefined) return [];
  const { everybody, owner, fix } = known;
  const why = `${everybody} can get a token of this issuer, and nothing here names your ${owner}. ${fix}`;
  const problems = grants.flatMap((rule, i) =>
    strangersAt(known, rule, `${at}.grants[${i}]`).map(
      (path) => `${path}: lets strangers choose the tenant: ${why}`,
    ),
  );
  const admins = (platformAdmins?.claims ?? []).some((claim) =>
    (platformAdmins?.values ?? []).some((value) => !isOwned(known, claim, value)),
  );
  return admins ? [...problems, `${at}.platformAdmins: lets strangers be platform-admins: ${why}`] : problems;
}

/** The paths of the fields by which strangers get a grant. */
function strangersAt(known: PublicIssuer, rule: GrantRule, at: string): readonly string[] {
  switch (rule.kind) {
    case 'claim-pattern': {
      const named = [[rule.claim, rule.pattern] as const, ...(rule.where ?? [])];
      return named.some(([claim, pattern]) => isOwned(known, claim, pattern)) ? [] : [`${at}.pattern`];
    }
    case 'group-pattern':
      return isOwned(known, rule.claim, rule.pattern) ? [] : [`${at}.pattern`];
    case 'group-table': {
      const strange = [...rule.table.keys()].find((group) => !isOwned(known, rule.claim, group));
      return strange === undefined ? [] : [entryPath(`${at}.table`, strange)];
    }
    case 'tenant-claim':
      return [`${at}.tenantClaim`];
    // Only the API server of a cluster makes tokens with this claim.
    case 'namespace':
      return [];
  }
}

/** Whether all values of the form of the pattern belong to an owner that the pattern names. */
function isOwned(known: PublicIssuer, spelled: string, pattern: string): boolean {
  const claim = topLevelName(spelled);
  if (known.isOwned?.(claim, pattern) === true) return true;
  return (known.owners.get(claim) ?? []).some((before) => {
    const [name = ''] = pattern.slice(before.length).split(/[/:@]/);
    return pattern.startsWith(before) && name !== '' && isLiteral(name);
  });
}

function isLiteral(text: string): boolean {
  return !/[{}*]/.test(text);
}
