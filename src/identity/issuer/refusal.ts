import { errors } from 'jose';
import type { DenialError } from '../../denial.ts';
import { unauthorized } from '../bearer.ts';

const CLAIM_MESSAGES: Readonly<Record<string, string>> = {
  aud: 'The token is for another audience',
  iss: 'The token is from another issuer',
  nbf: 'The token is not valid yet (nbf)',
  iat: 'The token has no usable iat',
  exp: 'The token has no usable exp',
};

/** The denial for a token that jose refuses. */
export function refusalOf(error: unknown): DenialError {
  if (error instanceof errors.JWTExpired) return unauthorized('token_expired', 'The token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return unauthorized('token_invalid', CLAIM_MESSAGES[error.claim] ?? 'The token has an unusable claim');
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return unauthorized('token_invalid', 'The token is signed with a key that the issuer does not publish');
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return unauthorized('token_invalid', 'The token does not name its signing key (kid)');
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return unauthorized('token_invalid', 'The signature of the token is invalid');
  }
  return unauthorized('token_invalid', 'The token cannot be verified');
}

/** The denial for a token that names no configured issuer, or another one than the one that answers for it. */
export function foreign(): DenialError {
  return unauthorized('token_invalid', 'The token is from another issuer');
}
