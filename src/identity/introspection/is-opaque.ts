import { decodeProtectedHeader } from 'jose';

/**
 * Whether a token is opaque, so that only its issuer can read it. Any other token is a JWT: three parts, of which the first is a
 * JOSE header (RFC 7519, section 7.2). A JWT is never introspected, however broken the rest of it is.
 *
 * @example
 * isOpaque('mF_9.B5f-4.1JqM'); // true: its first part is no JSON
 */
export function isOpaque(token: string): boolean {
  if (token.split('.', 4).length !== 3) return true;
  try {
    decodeProtectedHeader(token);
    return false;
  } catch {
    return true;
  }
}
