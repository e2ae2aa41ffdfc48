import { compileGrants } from '../identity/grants/compile-grants.ts';
import type { Claims } from '../identity/grants/finding.ts';
import type { RoleWords } from '../identity/grants/problems.ts';
import type { IssuerConfig } from '../identity/issuer/issuer-config.ts';
import { findPlatformAdmins } from '../identity/issuer/platform-admins.ts';
import type { Grant } from '../identity/principal.ts';

/** One value of a claim, and its effect under each rule that reads it. */
export interface ExplainedValue {
  readonly claim: string;
  /** `null`: the claim as a whole. */
  readonly value: string | null;
  readonly rules: readonly {
    /** The place of the rule in the issuer's list, as in `grants[0]`; or `platformAdmins`. */
    readonly rule: string;
    readonly grants: readonly Grant[];
    /** The value makes its owner a platform-admin. */
    readonly platformAdmin?: true | undefined;
    /** Why the rule gave no grant. */
    readonly why?: string | undefined;
  }[];
}

type ExplainedRule = ExplainedValue['rules'][number];

/** The verified claims of a token, with the configuration of the issuer that signed it. */
export interface VerifiedClaims {
  readonly claims: Claims;
  readonly issuer: IssuerConfig;
}

/**
 * Lists the values of a token's claims that the rules of its issuer read, with the grants that each gave or why it gave none, and the
 * values that make its owner a platform-admin.
 *
 * @example
 * explainValues({ claims: { groups: ['staff'] }, issuer }, createRoles())[0]?.rules[0]?.why;
 * // 'it does not have the form mlflow-{tenant}-{role}'
 */
export function explainValues(
  { claims, issuer }: VerifiedClaims,
  roles: RoleWords,
): readonly ExplainedValue[] {
  const byValue = new Map<string, { claim: string; value: string | null; rules: ExplainedRule[] }>();
  const add = (claim: string, value: string | null, rule: ExplainedRule): void => {
    const key = JSON.stringify([claim, value]);
    const found = byValue.get(key);
    if (found === undefined) byValue.set(key, { claim, value, rules: [rule] });
    else found.rules.push(rule);
  };
  compileGrants(issuer.grants, roles)(claims, ({ claim, value, rule, grants, why }) =>
    add(claim, value ?? null, {
      rule: `grants[${rule}]`,
      grants,
      ...(why === undefined ? {} : { why }),
    }),
  );
  for (const { claim, value } of findPlatformAdmins(issuer.platformAdmins, claims))
    add(claim, value, { rule: 'platformAdmins', grants: [], platformAdmin: true });
  return [...byValue.values()];
}

/** The effect of each value of the claims as lines of name and text. */
export function valueLines(values: readonly ExplainedValue[]): [string, string][] {
  return values.map(({ claim, value, rules }): [string, string] => {
    const subject = value === null ? claim : `${claim} ${printable(value)}`;
    const gave = rules.filter(({ grants, platformAdmin }) => grants.length > 0 || platformAdmin);
    const effects =
      gave.length > 0
        ? gave.map(({ rule, grants, platformAdmin }) => {
            const given = platformAdmin
              ? 'platform-admin in every tenant'
              : grants.map(describeGrant).join('; ');
            return `${given} (${rule})`;
          })
        : rules.map(({ rule, why }) => `${why} (${rule})`);
    return [gave.length > 0 ? 'grants' : 'no grant', `${subject}: ${effects.join('; ')}`];
  });
}

/** A grant in words. */
export function describeGrant({ tenant, roles }: Grant): string {
  return `${tenant} as ${roles.join(', ') || 'a caller without a role'}`;
}

/** A value of a token for a terminal: no control character, and none that turns the direction of text. */
function printable(value: string): string {
  return JSON.stringify(value).replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
