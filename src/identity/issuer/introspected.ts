import type { DenialError } from '../../denial.ts';
import { unauthorized } from '../bearer.ts';
import { foreign } from './refusal.ts';
import type { TokenRules, VerifiedClaims } from './verify.ts';

/** Asks an issuer whether an opaque token is active (RFC 7662). */
export interface Introspection {
  /**
   * @returns the members of the answer for an active token
   * @throws DenialError `token_inactive` or `introspection_unavailable`
   */
  introspect(token: string): Promise<Readonly<Record<string, unknown>>>;
  /** Refuses a token for some seconds without asking: its answer was active, and not acceptable. */
  refuse(token: string, denial: DenialError): void;
  close(): void;
}

/**
 * Checks the answer for an active token as the claims of a token are checked. The answer must have one of the configured audiences;
 * `iss`, `exp` and `nbf` may be absent (RFC 7662, section 2.2), and must hold if they are there.
 *
 * @param now milliseconds since the epoch
 * @param cacheSeconds the longest time that the answer is valid
 * @throws DenialError `token_invalid` or `token_expired`
 * @example
 * const { claims, expiresAt } = checkIntrospected(await introspection.introspect(token), rules, Date.now(), 30);
 */
export function checkIntrospected(
  claims: Readonly<Record<string, unknown>>,
  rules: TokenRules,
  now: number,
  cacheSeconds: number,
): VerifiedClaims {
  const { iss, aud, exp, nbf } = claims;
  if (iss !== undefined && iss !== rules.issuer) throw foreign();
  const audience: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audience.some((value) => typeof value === 'string' && rules.audience.includes(value)))
    throw unauthorized('token_invalid', 'The token is for another audience');
  if (exp !== undefined && !isTime(exp)) throw unauthorized('token_invalid', 'The token has no usable exp');
  if (exp !== undefined && exp * 1000 <= now - rules.clockToleranceMs)
    throw unauthorized('token_expired', 'The token has expired');
  if (nbf !== undefined && !(isTime(nbf) && nbf * 1000 <= now + rules.clockToleranceMs))
    throw unauthorized('token_invalid', 'The token is not valid yet (nbf)');
  return { claims, expiresAt: Math.min(exp ?? Number.POSITIVE_INFINITY, now / 1000 + cacheSeconds) };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
