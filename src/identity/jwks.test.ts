import { generateKeyPairSync } from 'node:crypto';
import { exportJWK, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createInlineKeys, selectKeys } from './jwks.ts';
import { createSigner, type Signer } from './testing/provider.ts';

let rsa: Signer;
let ec: Signer;

beforeAll(async () => {
  rsa = await createSigner('rsa');
  ec = await createSigner('ec', 'ES256');
});

describe('selectKeys', () => {
  it('keeps usable keys, with and without alg and use', async () => {
    const { alg: _alg, use: _use, ...bare } = rsa.jwk;
    for (const key of [rsa.jwk, bare, { ...bare, key_ops: ['verify'] }]) {
      const keys = selectKeys({ keys: [key] }, ['RS256']);
      expect(keys.count).toBe(1);
      expect(keys.ignored).toEqual([]);
      await expect(keys.find({ alg: 'RS256', kid: 'rsa' }, {} as never)).resolves.toHaveProperty(
        'type',
        'public',
      );
    }
  });

  it.each([
    ['symmetric keys', 'symmetric', () => ({ kty: 'oct', k: 'c2VjcmV0', kid: 'x' })],
    ['keys for encryption', 'not for signatures', () => ({ ...rsa.jwk, use: 'enc' })],
    ['keys for other operations', 'not for verifying', () => ({ ...rsa.jwk, key_ops: ['encrypt'] })],
    ['ill-formed operations', 'not for verifying', () => ({ ...rsa.jwk, key_ops: 'verify' })],
    ['keys of another algorithm', 'of no allowed algorithm', () => ({ ...rsa.jwk, alg: 'PS256' })],
    ['HMAC with an RSA key', 'of no allowed algorithm', () => ({ ...rsa.jwk, alg: 'HS256' })],
    ['keys of another type', 'of no allowed algorithm', () => ec.jwk],
    ['broken keys', 'malformed', () => ({ ...rsa.jwk, n: 7 })],
    ['keys without numbers', 'malformed', () => ({ kty: 'RSA', kid: 'x' })],
    ['null in place of a key', 'not an object', () => null],
    ['a string in place of a key', 'not an object', () => 'key'],
  ])('leaves out %s', (_name, why, make) => {
    const keys = selectKeys({ keys: [make(), rsa.jwk] }, ['RS256']);
    expect(keys.ignored).toEqual([`key 0: ${why}`]);
    expect(keys.count).toBe(1);
  });

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])(
    'leaves out keys with the private part %s',
    (part) => {
      expect(selectKeys({ keys: [{ ...rsa.jwk, [part]: 'AQAB' }] }, ['RS256']).ignored).toEqual([
        'key 0: has private parts',
      ]);
    },
  );

  it('leaves out a whole private key', async () => {
    const key = await exportJWK(rsa.privateKey);
    expect(selectKeys({ keys: [key] }, ['RS256']).count).toBe(0);
  });

  it('leaves out RSA keys below 2048 bits', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    expect(selectKeys({ keys: [publicKey.export({ format: 'jwk' })] }, ['RS256']).ignored).toEqual([
      'key 0: shorter than 2048 bits',
    ]);
  });

  it('selects an EC key by its curve', async () => {
    const { alg: _alg, ...anyAlg } = ec.jwk;
    const ed = await createSigner('ed', 'EdDSA');
    const all = { keys: [anyAlg, ed.jwk] };
    expect(selectKeys(all, ['ES256']).count).toBe(1);
    expect(selectKeys(all, ['ES384']).count).toBe(0);
    expect(selectKeys(all, ['EdDSA']).count).toBe(1);
    expect(selectKeys(all, ['ES256', 'EdDSA']).count).toBe(2);
  });

  it.each([null, [], 'x', {}, { keys: {} }, { keys: 'x' }])('refuses %j', (document) => {
    expect(() => selectKeys(document, ['RS256'])).toThrow('not a JWK Set');
  });

  it('gives equal fingerprints only to equal keys', async () => {
    const one = selectKeys({ keys: [rsa.jwk] }, ['RS256']);
    expect(selectKeys({ keys: [{ ...rsa.jwk }, null] }, ['RS256']).fingerprint).toBe(one.fingerprint);
    const other: JWK = (await createSigner('rsa')).jwk;
    expect(selectKeys({ keys: [other] }, ['RS256']).fingerprint).not.toBe(one.fingerprint);
  });
});

describe('createInlineKeys', () => {
  it('is ready immediately', () => {
    const source = createInlineKeys({ keys: [rsa.jwk] }, ['RS256']);
    expect(source.ready()).toEqual({ ok: true });
  });

  it('refuses a set without a usable key, with the reason', () => {
    expect(() => createInlineKeys({ keys: [ec.jwk] }, ['RS256'])).toThrow(
      'The inline JWK Set holds no usable key for RS256: key 0: of no allowed algorithm',
    );
  });
});
