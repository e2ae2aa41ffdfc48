import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import { unauthorized } from '../bearer.ts';

/** A token as anyone can write it: nothing of it is proved yet. */
export interface UnverifiedToken {
  readonly text: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: JWTPayload;
}

/**
 * Whether a bearer token has the form of a signed JWT (RFC 7519, JWS Compact Serialization): three parts. A token of another form is
 * opaque.
 */
export function isJwt(token: string): boolean {
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  return first !== -1 && second !== -1 && token.indexOf('.', second + 1) === -1;
}

/**
 * Reads a token without verifying it, to find its issuer.
 *
 * @throws DenialError `token_invalid`
 * @example
 * readUnverified(token).claims.iss; // 'https://idp.example/realms/ml', as the sender claims
 */
export function readUnverified(text: string): UnverifiedToken {
  try {
    return { text, header: { ...decodeProtectedHeader(text) }, claims: decodeJwt(text) };
  } catch {
    throw unauthorized('token_invalid', 'The token is not a well-formed JWT');
  }
}
