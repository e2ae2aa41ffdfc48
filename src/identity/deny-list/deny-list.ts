import type { Principal } from '../principal.ts';

/** Ends the access of a caller, of a token, or of all tokens issued before a time, at one issuer. Times in milliseconds since 1970. */
export interface DenyEntry {
  /** Equals the issuer of the caller, character by character. */
  readonly issuer: string;
  /** Equals the subject of the caller, as the audit log has it. Not together with `tokenId`. */
  readonly subject?: string | undefined;
  /** Equals the `jti` of the token. */
  readonly tokenId?: string | undefined;
  /** Only tokens with an `iat` before this time, and tokens without one. Not together with `tokenId`. */
  readonly issuedBefore?: number | undefined;
  /** The entry has no effect from this time on. */
  readonly until?: number | undefined;
}

/** The facts about a caller that the deny list compares. */
export type DeniedFacts = Pick<Principal, 'issuer' | 'subject' | 'token'>;

/** When a rule applies to a token. */
interface Rule {
  /** In milliseconds; `Infinity` for a token of any age. */
  readonly issuedBefore: number;
  readonly until: number;
}

interface IssuerRules {
  readonly subjects: Map<string, Rule>;
  readonly tokens: Map<string, Rule>;
  all: Rule | undefined;
}

/**
 * The callers and tokens that are refused before their tokens expire. Immutable; a question costs three lookups at most, for a list of
 * any length.
 *
 * @param entries each issuer with a subject, a token id, or neither at most once, see `parseDenyList`
 * @example
 * const list = new DenyList([{ issuer: 'https://idp.example', subject: 'mallory' }]);
 * list.denies({ issuer: 'https://idp.example', subject: 'mallory' }, Date.now()); // true
 */
export class DenyList {
  readonly #issuers = new Map<string, IssuerRules>();
  /** The number of entries. */
  readonly size: number;

  constructor(entries: readonly DenyEntry[]) {
    this.size = entries.length;
    for (const entry of entries) this.#add(entry);
  }

  /** The issuers that entries name. */
  issuers(): readonly string[] {
    return [...this.#issuers.keys()];
  }

  /** Whether the caller is refused. A token without a readable `iat` counts as issued before any time. @param now milliseconds since 1970 */
  denies({ issuer, subject, token }: DeniedFacts, now: number): boolean {
    const rules = this.#issuers.get(issuer);
    if (rules === undefined) return false;
    const issuedAt = (token?.issuedAt ?? Number.NEGATIVE_INFINITY) * 1_000;
    const applies = (rule: Rule | undefined): boolean =>
      rule !== undefined && issuedAt < rule.issuedBefore && now < rule.until;
    return (
      applies(rules.subjects.get(subject)) ||
      applies(rules.all) ||
      (token?.id !== undefined && applies(rules.tokens.get(token.id)))
    );
  }

  #add({ issuer, subject, tokenId, issuedBefore = Infinity, until = Infinity }: DenyEntry): void {
    let rules = this.#issuers.get(issuer);
    if (rules === undefined) {
      rules = { subjects: new Map(), tokens: new Map(), all: undefined };
      this.#issuers.set(issuer, rules);
    }
    const rule: Rule = { issuedBefore, until };
    if (tokenId !== undefined) rules.tokens.set(tokenId, rule);
    else if (subject !== undefined) rules.subjects.set(subject, rule);
    else rules.all = rule;
  }
}
