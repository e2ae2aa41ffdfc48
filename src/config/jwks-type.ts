import { hasPrivatePart, isObject, MIN_RSA_BITS, rsaBits } from '../identity/jwk.ts';
import { ALGORITHMS } from '../identity/jwks.ts';
import { InvalidValueError, type ValueType, valueType } from './value-type.ts';

/** A JWK Set (RFC 7517) of public keys. */
export interface PublicJwks {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/**
 * A JWK Set written inline. Every key must be public and asymmetric: with a private key, every reader of the
 * configuration can sign tokens; with a symmetric one, every verifier can. One bad key is an error, since an operator
 * wrote it on purpose; in a set fetched from a provider, a bad key is ignored. Public keys for encryption
 * (`"use": "enc"`, RFC 7517, section 4.2) are dropped: providers publish them in the same set.
 */
export function publicJwks(): ValueType<PublicJwks> {
  return valueType('JSON Web Key Set', (value) => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(value);
    } catch {
      throw new InvalidValueError('must be JSON: {"keys":[...]}');
    }
    const keys = isObject(parsed) ? parsed.keys : undefined;
    if (!Array.isArray(keys) || keys.length === 0)
      throw new InvalidValueError('must be {"keys":[...]} with at least one key');
    const signing = keys
      .map((key, i) => [key, `keys[${i}]`] as const)
      .filter(([key]) => !isForEncryption(key));
    if (signing.length === 0)
      throw new InvalidValueError('must have a key for signatures: all of its keys are for encryption');
    return { keys: signing.map(([key, where]) => checked(key, where)) };
  });
}

function isForEncryption(key: unknown): boolean {
  return isObject(key) && key.use === 'enc' && !hasPrivatePart(key);
}

function checked(key: unknown, where: string): Record<string, unknown> {
  if (!isObject(key)) throw new InvalidValueError(`must hold key objects (${where} is not one)`);
  if (hasPrivatePart(key)) {
    throw new InvalidValueError(
      `must hold public keys only (${where} holds a secret or private part: replace that key)`,
    );
  }
  if (key.alg !== undefined && !ALGORITHMS.some((name) => name === key.alg)) {
    throw new InvalidValueError(
      `must hold keys for asymmetric signatures (the "alg" of ${where} is not one)`,
    );
  }
  let bits: number | undefined;
  try {
    bits = rsaBits(key);
  } catch {
    throw new InvalidValueError(`must hold valid RSA, EC or OKP public keys (${where} is not one)`);
  }
  if (bits !== undefined && bits < MIN_RSA_BITS) {
    throw new InvalidValueError(
      `must hold RSA keys of at least ${MIN_RSA_BITS} bits (${where} has ${bits}; RFC 7518, section 3.3)`,
    );
  }
  return key;
}
