import { type JWTPayload, jwtVerify } from 'jose';
import { DenialError } from '../../denial.ts';
import { unauthorized } from '../bearer.ts';
import type { KeySource } from '../jwks.ts';
import { foreign, refusalOf } from './refusal.ts';
import type { UnverifiedToken } from './unverified-token.ts';

/** The rules that a token of one issuer must meet. */
export interface TokenRules {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  readonly clockToleranceMs: number;
}

/** The claims of a token that its issuer made, and when they end. */
export interface VerifiedClaims {
  readonly claims: JWTPayload;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * Verifies a token against the rules and keys of one issuer: header, signature, `iss`, `aud` and times (RFC 8725, RFC 9068).
 *
 * The token must have a configured algorithm, an `exp` in the future, and no `nbf` or `iat` in the future. `typ` may be absent, `JWT`
 * or `at+jwt`. A `crit` header is refused, since the gateway supports no extension. Keys in the header (`jwk`, `jku`, `x5c`) are
 * ignored. Every check that needs no key precedes the lookup of the key, which may cause a fetch.
 *
 * @param now milliseconds since the epoch
 * @throws DenialError `token_invalid`, `token_expired`, or `keys_unavailable`
 * @example
 * const { claims } = await verifyToken(readUnverified(token), rules, keys.find, Date.now());
 */
export async function verifyToken(
  token: UnverifiedToken,
  rules: TokenRules,
  find: KeySource['find'],
  now: number,
): Promise<VerifiedClaims> {
  checkHeader(token.header, rules.algorithms);
  if (token.claims.iss !== rules.issuer) throw foreign();
  const claims = await signed(token.text, rules, find, now);
  return { claims, expiresAt: expiryOf(claims, rules, now) };
}

function checkHeader(header: UnverifiedToken['header'], algorithms: readonly string[]): void {
  if (typeof header.alg !== 'string' || !algorithms.includes(header.alg)) {
    throw unauthorized('token_invalid', `The token is not signed with ${algorithms.join(' or ')}`);
  }
  if (Object.hasOwn(header, 'crit')) {
    throw unauthorized(
      'token_invalid',
      'The token requires an extension that the gateway does not support (crit)',
    );
  }
  if (header.typ !== undefined && !isAccessTokenType(header.typ)) {
    throw unauthorized('token_invalid', 'The token has a type other than JWT or at+jwt');
  }
}

async function signed(
  token: string,
  { issuer, audience, algorithms, clockToleranceMs }: TokenRules,
  find: KeySource['find'],
  now: number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, find, {
      issuer,
      audience: [...audience],
      algorithms: [...algorithms],
      clockTolerance: clockToleranceMs / 1000,
      requiredClaims: ['exp'],
      currentDate: new Date(now),
    });
    return payload;
  } catch (error) {
    throw error instanceof DenialError ? error : refusalOf(error);
  }
}

/** Checks the times that jose does not. */
function expiryOf(claims: JWTPayload, { clockToleranceMs }: TokenRules, now: number): number {
  const { exp, iat } = claims;
  // 1e999 parses to Infinity: a token that never expires.
  if (exp === undefined || !Number.isFinite(exp))
    throw unauthorized('token_invalid', 'The token has no usable exp');
  // jose checks iat only together with a maximum age.
  if (iat !== undefined && iat * 1000 > now + clockToleranceMs)
    throw unauthorized('token_invalid', 'The token was issued in the future (iat)');
  return exp;
}

/** RFC 9068 section 4, RFC 8725 section 3.11: tokens for another purpose (logout+jwt, dpop+jwt) are refused. */
function isAccessTokenType(typ: unknown): boolean {
  return typeof typ === 'string' && /^(?:application\/)?(?:at\+)?jwt$/i.test(typ);
}
