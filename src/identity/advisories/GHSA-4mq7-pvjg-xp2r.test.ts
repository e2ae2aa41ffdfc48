// GHSA-4mq7-pvjg-xp2r, GHSA-v574-6498-x57v (gateways' caches of verified tokens): the cache key joined its parts without
// a separator ("ab" + "c" equals "a" + "bc"), or left out the issuer, so that a token verified under one configuration
// was accepted from the cache under another.
import { expect, it } from 'vitest';
import type { Identifier } from '../principal.ts';
import { bearer, CLAIMS, denied, inlineIdentifier } from '../testing/identifier.ts';
import { createSigner, sign } from '../testing/provider.ts';
import { TokenCache } from '../token-cache.ts';

const cache = (...scope: unknown[]) => new TokenCache<string>({ scope, capacity: 10, maxAgeSeconds: 60 });

it('has a different key for each scope and token', () => {
  const scopes = [['a'], ['a', 'b'], ['ab'], [['a'], 'b'], [['a', 'b']], ['a,b'], ['a","b'], [], ['']];
  const tokens = ['t', 'bt', 'abt', '"t', 'tt', ''];
  const keys = scopes.flatMap((scope) => tokens.map((token) => cache(...scope).key(token)));
  expect(new Set(keys).size).toBe(scopes.length * tokens.length);
});

it('has another key when text moves from the scope into the token', () => {
  const known = cache('https://idp.example', 'mlflow').key('token');
  expect(cache('https://idp.example').key('mlflowtoken')).not.toBe(known);
  expect(cache('https://idp.example', 'ml').key('flowtoken')).not.toBe(known);
  expect(cache('https://idp.examplemlflow').key('token')).not.toBe(known);
});

it('has the same key for the same scope and token', () => {
  expect(cache('a', ['b']).key('t')).toBe(cache('a', ['b']).key('t'));
});

it('verifies a token again under each configuration', async () => {
  const signer = await createSigner('k1');
  const token = await sign(signer, CLAIMS);
  const accepting: Identifier = inlineIdentifier([signer]);
  expect((await bearer(accepting, token)).subject).toBe('alice');
  expect((await bearer(accepting, token)).subject).toBe('alice');
  const others = [
    inlineIdentifier([signer], { issuer: 'https://other.example' }),
    inlineIdentifier([signer], { audience: ['other'] }),
    inlineIdentifier([await createSigner('k1')]),
  ];
  for (const other of others) expect((await denied(() => bearer(other, token))).reason).toBe('token_invalid');
});
