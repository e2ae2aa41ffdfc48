import type { Grant } from '../principal.ts';

/** What one rule read from one value of a claim: the grants that it gave, or why it gave none. */
export interface Finding {
  /** The position of the rule in the issuer's list, from 0. */
  readonly rule: number;
  /** The claim as configured. */
  readonly claim: string;
  /** The value, or `undefined` if the claim as a whole is meant. Comes from the token: for its owner's eyes only. */
  readonly value?: string | undefined;
  readonly grants: readonly Grant[];
  /** Why the value gave no grant: a clause without a full stop. */
  readonly why?: string | undefined;
}

/** Receives every finding, for `explain`. On the line nobody listens, and no finding is made. */
export type Note = (finding: Finding) => void;

/** The verified claims of a token. */
export type Claims = Readonly<Record<string, unknown>>;
