import { compileGrants } from '../identity/grants/compile-grants.ts';
import type { Claims, Finding } from '../identity/grants/finding.ts';
import type { RoleWords } from '../identity/grants/problems.ts';
import type { IssuerConfig } from '../identity/issuer/issuer-config.ts';
import type { Grant } from '../identity/principal.ts';

/** One value of a claim, and its effect under each rule that reads it. */
export interface ExplainedValue {
  readonly claim: string;
  /** `null`: the claim as a whole. */
  readonly value: string | null;
  readonly rules: readonly {
    /** The place of the rule in the issuer's list, as in `grants[0]`. */
    readonly rule: string;
    readonly grants: readonly Grant[];
    /** Why the rule gave no grant. */
    readonly why?: string | undefined;
  }[];
}

/** The verified claims of a token, with the configuration of the issuer that signed it. */
export interface VerifiedClaims {
  readonly claims: Claims;
  readonly issuer: IssuerConfig;
}

/**
 * Lists the values of a token's claims that the rules of its issuer read, with the grants that each gave or why it gave none.
 *
 * @example
 * explainValues({ claims: { groups: ['staff'] }, issuer }, createRoles())[0]?.rules[0]?.why;
 * // 'it does not have the form mlflow-{tenant}-{role}'
 */
export function explainValues(
  { claims, issuer }: VerifiedClaims,
  roles: RoleWords,
): readonly ExplainedValue[] {
  const byValue = new Map<string, Finding[]>();
  compileGrants(issuer.grants, roles)(claims, (finding) => {
    const key = JSON.stringify([finding.claim, finding.value ?? null]);
    const others = byValue.get(key);
    if (others === undefined) byValue.set(key, [finding]);
    else others.push(finding);
  });
  return [...byValue.values()].map((findings) => ({
    claim: findings[0]?.claim ?? '',
    value: findings[0]?.value ?? null,
    rules: findings.map(({ rule, grants, why }) => ({
      rule: `grants[${rule}]`,
      grants,
      ...(why === undefined ? {} : { why }),
    })),
  }));
}

/** The effect of each value of the claims as lines of name and text. */
export function valueLines(values: readonly ExplainedValue[]): [string, string][] {
  return values.map(({ claim, value, rules }): [string, string] => {
    const subject = value === null ? claim : `${claim} ${printable(value)}`;
    const gave = rules.filter(({ grants }) => grants.length > 0);
    const effects =
      gave.length > 0
        ? gave.map(({ rule, grants }) => `${grants.map(describeGrant).join('; ')} (${rule})`)
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
