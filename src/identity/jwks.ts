import { createLocalJWKSet, type JWK, type JWTVerifyGetKey } from 'jose';
import { unauthorized } from './bearer.ts';
import { hasPrivatePart, isObject, MIN_RSA_BITS, rsaBits } from './jwk.ts';

/** The source of signing keys. */
export interface KeySource {
  /**
   * Counts changes of the set of keys; a token verified under an older set must be verified again. The call itself may
   * find that the keys have become too old.
   */
  generation(): number;
  /**
   * Finds the key for a token's header.
   *
   * @throws DenialError `keys_unavailable` when no keys are loaded
   * @throws jose's `JWKSNoMatchingKey` or `JWKSMultipleMatchingKeys`
   */
  readonly find: JWTVerifyGetKey;
  ready(): { readonly ok: true } | { readonly ok: false; readonly why: string };
  close(): void;
}

/** The signature algorithms that can be allowed: asymmetric ones only (RFC 7518 section 3.1, RFC 8037). */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** A set of keys that can all verify signatures. */
export interface UsableKeys {
  readonly find: JWTVerifyGetKey;
  readonly count: number;
  /** Equal for equal keys, to notice a change. */
  readonly fingerprint: string;
  /** Why keys were left out: for the log, without secrets. */
  readonly ignored: readonly string[];
}

/**
 * Keeps the keys of a JWK Set (RFC 7517) that can verify a token under one of the allowed algorithms.
 *
 * Left out: symmetric keys (`oct`), keys with private parts (every reader can sign, so their signatures prove
 * nothing), keys for encryption, keys of another algorithm or curve, and keys that cannot be imported (RSA below
 * 2048 bits among them). One bad key does not affect the others.
 *
 * @throws Error when `document` is not a JWK Set
 * @example
 * const keys = selectKeys(await response.json(), ['RS256']);
 */
export function selectKeys(document: unknown, algorithms: readonly string[]): UsableKeys {
  if (!isObject(document) || !Array.isArray(document.keys)) {
    throw new Error('not a JWK Set: an object with a list "keys" is expected');
  }
  const usable: JWK[] = [];
  const ignored: string[] = [];
  for (const [i, key] of document.keys.entries()) {
    const why = unfit(key, algorithms);
    if (why === undefined) usable.push(key);
    else ignored.push(`key ${i}: ${why}`);
  }
  return {
    find: createLocalJWKSet({ keys: usable }),
    count: usable.length,
    fingerprint: JSON.stringify(usable),
    ignored,
  };
}

/**
 * Keys given in the configuration. They never change while the gateway runs.
 *
 * @throws Error when the document holds no usable key
 * @example
 * const source = createInlineKeys({ keys: [publicJwk] }, ['RS256']);
 */
export function createInlineKeys(document: unknown, algorithms: readonly string[]): KeySource {
  const keys = selectKeys(document, algorithms);
  if (keys.count === 0) {
    throw new Error(
      `The inline JWK Set holds no usable key for ${algorithms.join(', ')}: ${keys.ignored.join('; ')}`,
    );
  }
  return { generation: () => 0, find: keys.find, ready: () => ({ ok: true }), close() {} };
}

/**
 * The keys of an issuer that gives out opaque tokens only. It is always ready, and no signed token is accepted.
 *
 * @example
 * const source = createNoKeys();
 */
export function createNoKeys(): KeySource {
  return {
    generation: () => 0,
    find() {
      throw unauthorized(
        'token_invalid',
        'The gateway has no keys of this issuer (keys: none). Send an opaque token of the issuer',
      );
    },
    ready: () => ({ ok: true }),
    close() {},
  };
}

function unfit(key: unknown, algorithms: readonly string[]): string | undefined {
  if (!isObject(key)) return 'not an object';
  if (key.kty === 'oct') return 'symmetric';
  if (hasPrivatePart(key)) return 'has private parts';
  if (key.use !== undefined && key.use !== 'sig') return 'not for signatures';
  if (key.key_ops !== undefined && !(Array.isArray(key.key_ops) && key.key_ops.includes('verify'))) {
    return 'not for verifying';
  }
  if (!algorithms.some((alg) => (key.alg === undefined || key.alg === alg) && fits(key, alg))) {
    return 'of no allowed algorithm';
  }
  try {
    const bits = rsaBits(key);
    return bits !== undefined && bits < MIN_RSA_BITS ? `shorter than ${MIN_RSA_BITS} bits` : undefined;
  } catch {
    return 'malformed';
  }
}

function fits(key: Record<string, unknown>, alg: string): boolean {
  switch (alg) {
    case 'ES256':
      return key.kty === 'EC' && key.crv === 'P-256';
    case 'ES384':
      return key.kty === 'EC' && key.crv === 'P-384';
    case 'ES512':
      return key.kty === 'EC' && key.crv === 'P-521';
    case 'EdDSA':
    case 'Ed25519':
      return key.kty === 'OKP' && key.crv === 'Ed25519';
    default:
      return key.kty === 'RSA';
  }
}
