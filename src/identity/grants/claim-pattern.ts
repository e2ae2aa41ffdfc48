import { LIMITS } from '../../limits.ts';
import { compileClaim, TENANT_PATTERN } from '../claims.ts';
import type { CompiledRule } from './compiled-rule.ts';
import type { Claims } from './finding.ts';
import type { ClaimPatternRule } from './grant-rule.ts';
import {
  claimProblems,
  entryPath,
  lengthProblems,
  type RoleWords,
  roleProblems,
  tenantProblems,
} from './problems.ts';
import { countOf, parseTemplate, textBetween } from './template.ts';

/** The problems of a rule. */
export function claimPatternProblems(
  rule: ClaimPatternRule,
  path: string,
  roles: RoleWords,
): readonly string[] {
  const { claim, pattern, tenant, role, where } = rule;
  const problem = shapeProblem(pattern, tenant);
  return [
    ...claimProblems(claim, `${path}.claim`),
    ...lengthProblems(pattern, `${path}.pattern`),
    ...(problem === undefined ? [] : [`${path}.pattern: ${problem}`]),
    ...(tenant === undefined ? [] : tenantProblems(tenant, `${path}.tenant`)),
    ...roleProblems(role, `${path}.role`, roles),
    ...[...(where ?? [])].flatMap(([name, value]) => [
      ...claimProblems(name, entryPath(`${path}.where`, name)),
      ...(value.includes('*')
        ? [
            `${entryPath(`${path}.where`, name)}: is compared exactly, so * stands for itself; only pattern has *`,
          ]
        : []),
    ]),
  ];
}

/**
 * The characters that neither a tenant nor `*` contains. `@` stands before the ids in the subjects of GitHub Actions
 * (`repo:acme@123456/vision@456789:...`) and before the domain of an e-mail address.
 */
const DELIMITERS = /[/:@]/;
const BETWEEN_DELIMITERS = /[^/:@]/g;

function shapeProblem(pattern: string, tenant: string | undefined): string | undefined {
  const parts = parseTemplate(pattern, ['tenant']);
  if (typeof parts === 'string') return parts;
  if (pattern === '') return 'must not be blank';
  const count = countOf(parts, 'tenant');
  if (count > 1) return 'may have {tenant} only once';
  if (count === 0 && tenant === undefined)
    return 'must have {tenant}, as in repo:acme/{tenant}:ref:refs/heads/main, or tenant must name the tenant beside it';
  if (count === 1 && tenant !== undefined) return 'has {tenant}, so leave tenant out';
  for (const segment of pattern.split(DELIMITERS)) {
    const stars = segment.split('*').length - 1;
    if (stars > 1) return 'may have one * between /, : and @, since * ends only there';
    if (stars === 1 && segment.includes('{tenant}'))
      return 'needs /, : or @ between {tenant} and *: without it a value has several readings';
  }
  return undefined;
}

/** A part of a pattern between `/`, `:` and `@`, which neither a tenant nor `*` contains. */
interface Segment {
  readonly before: string;
  /** Between `before` and `after`: nothing, a tenant, or `*`. */
  readonly open: 'nothing' | 'tenant' | 'any';
  readonly after: string;
}

/**
 * Compiles a rule that finds the tenant of a workload by one text claim, such as `sub` of a job of GitHub Actions or
 * `project_path` of GitLab. The value matches as a whole, exactly, and is read once from left to right.
 *
 * @param rule without problems, see {@link claimPatternProblems}
 * @example
 * compileClaimPattern(
 *   { kind: 'claim-pattern', claim: 'project_path', pattern: 'acme/{tenant}', role: 'contributor' }, 0, createRoles());
 */
export function compileClaimPattern(
  rule: ClaimPatternRule,
  position: number,
  roles: RoleWords,
): CompiledRule {
  const { claim, pattern } = rule;
  const read = compileClaim(claim);
  const role = roles.words.get(rule.role) ?? rule.role;
  const wanted = [...(rule.where ?? [])].map(([name, value]) => ({ name, value, read: compileClaim(name) }));
  const segments = pattern.split(DELIMITERS).map(segmentOf);
  const delimiters = pattern.replace(BETWEEN_DELIMITERS, '');
  return {
    claims: [claim],
    read(claims, grants, note) {
      const value = read(claims);
      if (typeof value !== 'string' || value.length > LIMITS.groupLength.value) {
        note?.({ rule: position, claim, grants: [], why: whyUnread(value) });
        return undefined;
      }
      const tenant = match(value);
      if (tenant === undefined) {
        note?.({ rule: position, claim, value, grants: [], why: `it does not have the form ${pattern}` });
        return undefined;
      }
      const other = wanted.find((one) => !equals(one.read(claims as Claims), one.value));
      if (other !== undefined) {
        note?.({
          rule: position,
          claim,
          value,
          grants: [],
          why: `the claim ${other.name} is not ${other.value}`,
        });
        return undefined;
      }
      grants.add(tenant, [role]);
      note?.({ rule: position, claim, value, grants: [{ tenant, roles: [role] }] });
      return undefined;
    },
  };

  function match(value: string): string | undefined {
    if (value.replace(BETWEEN_DELIMITERS, '') !== delimiters) return undefined;
    let tenant = rule.tenant;
    const texts = value.split(DELIMITERS);
    for (const [i, segment] of segments.entries()) {
      const open = openText(segment, texts[i] ?? '');
      if (open === undefined) return undefined;
      if (segment.open === 'tenant') {
        if (!TENANT_PATTERN.test(open)) return undefined;
        tenant = open;
      }
    }
    return tenant;
  }
}

function segmentOf(text: string): Segment {
  const [before = '', after] = text.split(/\{tenant\}|\*/);
  if (after === undefined) return { before, open: 'nothing', after: '' };
  return { before, open: text.includes('*') ? 'any' : 'tenant', after };
}

/** The text between the literals of a segment; `undefined` if it does not match. */
function openText({ before, open, after }: Segment, text: string): string | undefined {
  if (open === 'nothing') return text === before ? '' : undefined;
  return textBetween(text, before, after);
}

/** Providers send `ref_protected` as text, and other flags as booleans: `"true"` means both. */
function equals(value: unknown, wanted: string): boolean {
  return typeof value === 'boolean' ? String(value) === wanted : value === wanted;
}

function whyUnread(value: unknown): string {
  if (value === undefined || value === null) return 'the token has no such claim';
  return typeof value === 'string' ? 'it is too long' : 'it is not text';
}
