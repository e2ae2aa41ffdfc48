import { createHash, randomBytes } from 'node:crypto';

const SECONDS = 120;
const MAX_CODES = 100;

/** An authorization request of a client: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1 with PKCE. */
export interface CodeRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  /** The SHA-256 of the verifier, base64url. */
  readonly challenge: string;
}

export interface CodeRedemption {
  readonly code: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly verifier: string;
}

interface Issued extends CodeRequest {
  readonly user: string;
  readonly ends: number;
}

/**
 * Authorization codes with PKCE (RFC 7636, S256), for one use within two minutes. At most 100 are kept.
 *
 * @example
 * const codes = new AuthorizationCodes();
 * const code = codes.issue({ clientId, redirectUri, challenge }, 'carol');
 * codes.redeem({ code, clientId, redirectUri, verifier }); // 'carol', once
 */
export class AuthorizationCodes {
  readonly #issued = new Map<string, Issued>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  issue(request: CodeRequest, user: string): string {
    if (this.#issued.size >= MAX_CODES) this.#issued.delete(this.#issued.keys().next().value!);
    const code = randomBytes(32).toString('base64url');
    this.#issued.set(code, { ...request, user, ends: this.#now() + SECONDS * 1_000 });
    return code;
  }

  /** The user; `undefined` for a code that is used, expired, or another client's. A wrong attempt uses the code up too. */
  redeem({ code, clientId, redirectUri, verifier }: CodeRedemption): string | undefined {
    const issued = this.#issued.get(code);
    this.#issued.delete(code);
    if (issued === undefined || issued.ends <= this.#now()) return undefined;
    const right =
      issued.clientId === clientId &&
      issued.redirectUri === redirectUri &&
      issued.challenge === challengeOf(verifier);
    return right ? issued.user : undefined;
  }
}

/**
 * The S256 challenge of a verifier.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.2
 */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
