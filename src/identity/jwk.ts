import { createPublicKey, type JsonWebKeyInput } from 'node:crypto';

/** The shortest RSA key that may verify signatures (RFC 7518, section 3.3). */
export const MIN_RSA_BITS = 2048;

/** Members that hold a secret or private part (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1; `priv` of the key type AKP). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** Whether a parsed JSON value is an object, as every JWK is (RFC 7517, section 4). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a JWK holds a secret or private part, with which every reader can sign. */
export function hasPrivatePart(key: Readonly<Record<string, unknown>>): boolean {
  return PRIVATE_MEMBERS.some((member) => Object.hasOwn(key, member));
}

/**
 * Imports a JWK as a public key.
 *
 * @returns its length in bits if it is an RSA key
 * @throws Error if it is not a valid public key
 */
export function rsaBits(key: Readonly<Record<string, unknown>>): number | undefined {
  const input = { key, format: 'jwk' } as JsonWebKeyInput;
  return createPublicKey(input).asymmetricKeyDetails?.modulusLength;
}
