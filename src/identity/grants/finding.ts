import type { Grant } from '../principal.ts';

/** The result of one rule for one value of a claim: the grants, or the reason for none. */
export interface Finding {
  /** The position of the rule in the issuer's list, from 0. */
  readonly rule: number;
  /** The claim as configured. */
  readonly claim: string;
  /** The value, or `undefined` for a finding about the whole claim. It comes from the token, so only the token's owner may see it. */
  readonly value?: string | undefined;
  readonly grants: readonly Grant[];
  /** Why the value gave no grant: a clause without a full stop. */
  readonly why?: string | undefined;
}

/** Receives every finding, for `explain`. Requests have no listener, and create no finding. */
export type Note = (finding: Finding) => void;

/** The verified claims of a token. */
export type Claims = Readonly<Record<string, unknown>>;
