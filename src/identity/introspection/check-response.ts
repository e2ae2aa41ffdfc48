import type { JWTPayload } from 'jose';
import { unauthorized } from '../bearer.ts';
import type { IntrospectionResponse } from './ask-endpoint.ts';

/** The values that a response must have. */
export interface ExpectedResponse {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly clockToleranceSeconds: number;
}

/** The claims of an active token. */
export interface ActiveToken {
  readonly claims: JWTPayload;
  /** In seconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Checks the response of an introspection endpoint (RFC 7662, section 2.2) as strictly as the claims of a JWT: `iss`, `aud` and
 * `exp` are optional in the RFC and required here. Without `aud` the gateway would accept tokens for other applications.
 *
 * @param now seconds since 1970
 * @throws DenialError `token_inactive`, `token_expired`, `token_invalid`
 * @example
 * checkResponse({ active: false }, expected, now); // throws token_inactive
 */
export function checkResponse(
  response: IntrospectionResponse,
  expected: ExpectedResponse,
  now: number,
): ActiveToken {
  const { active, iss, aud, exp, nbf, iat, token_type: type } = response;
  if (!active) throw unauthorized('token_inactive', 'The token is not active');
  if (type !== undefined && !(typeof type === 'string' && type.toLowerCase() === 'bearer'))
    throw unauthorized('token_invalid', 'The token is not a bearer token (token_type)');
  if (iss !== expected.issuer)
    throw unauthorized('token_invalid', 'The introspection endpoint names another issuer, or none (iss)');
  const audiences = typeof aud === 'string' ? [aud] : Array.isArray(aud) ? aud : [];
  if (!audiences.some((one) => expected.audience.includes(one)))
    throw unauthorized('token_invalid', 'The token is for another audience, or for none (aud)');
  const tolerance = expected.clockToleranceSeconds;
  if (typeof exp !== 'number' || !Number.isFinite(exp))
    throw unauthorized('token_invalid', 'The token has no usable exp');
  if (exp <= now - tolerance) throw unauthorized('token_expired', 'The token has expired');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= now + tolerance))
    throw unauthorized('token_invalid', 'The token is not valid yet (nbf)');
  if (iat !== undefined && !(typeof iat === 'number' && iat <= now + tolerance))
    throw unauthorized('token_invalid', 'The token was issued in the future (iat)');
  return { claims: response as JWTPayload, expiresAt: exp };
}
