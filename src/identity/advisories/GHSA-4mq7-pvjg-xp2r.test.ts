// GHSA-4mq7-pvjg-xp2r, GHSA-v574-6498-x57v (gateways' caches of verified tokens): the cache key joined its parts without
// a separator ("ab" + "c" equals "a" + "bc"), or left out the issuer, so that a token verified under one configuration
// was accepted from the cache under another. The gateway's key has one part, the token; each entry holds the issuer, in its present
// configuration, that verified it.
import { describe, expect, it } from 'vitest';
import { createRoles } from '../../rbac/roles.ts';
import { createIssuers } from '../issuers.ts';
import type { Identifier } from '../principal.ts';
import {
  bearer,
  CLAIMS,
  denied,
  ISSUER,
  inlineIdentifier,
  NOW,
  type ShortOptions,
  shortConfig,
} from '../testing/identifier.ts';
import { createSigner, sign } from '../testing/provider.ts';
import { TokenCache } from '../token-cache.ts';

it('has a different key for each token', () => {
  const cache = new TokenCache<string>({ capacity: 10, maxAgeSeconds: 60 });
  const tokens = ['t', 'bt', 'abt', '"t', 'tt', ''];
  expect(new Set(tokens.map((token) => cache.key(token))).size).toBe(tokens.length);
  expect(cache.key('t')).toBe(cache.key('t'));
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

describe('after the configuration has changed, with the same cache, a cached token is verified again', async () => {
  const signer = await createSigner('k1');
  const stranger = await createSigner('k1');
  const options = {
    issuer: ISSUER,
    audience: ['mlflow'],
    jwks: { keys: [signer.jwk] },
    tenantClaim: 'tenant_id',
    roleClaims: ['roles'],
  };
  const parts = { roles: createRoles(), now: () => NOW * 1000 };

  it.each<readonly [string, Partial<ShortOptions>, string]>([
    ['issuer', { issuer: 'https://other.example' }, 'token_invalid'],
    ['audience', { audience: ['other'] }, 'token_invalid'],
    ['keys', { jwks: { keys: [stranger.jwk] } }, 'token_invalid'],
    [
      'algorithms',
      { algorithms: ['RS512'], jwks: { keys: [{ ...signer.jwk, alg: 'RS512' }] } },
      'token_invalid',
    ],
    ['tenant claim', { tenantClaim: 'team' }, 'tenant_claim_missing'],
    ['subject claim', { subjectClaim: 'azp' }, 'subject_invalid'],
  ])('another %s', async (_name, change, reason) => {
    const before = createIssuers([shortConfig(options)], parts);
    const token = await sign(signer, CLAIMS);
    await bearer(before, token);
    const after = createIssuers([shortConfig({ ...options, ...change })], parts, before);
    expect(after.tokens().size).toBe(1);
    expect((await denied(() => bearer(after, token))).reason).toBe(reason);
  });

  it('other meanings of roles', async () => {
    const before = createIssuers([shortConfig(options)], parts);
    const token = await sign(signer, { ...CLAIMS, roles: ['viewer', 'leads'] });
    expect((await bearer(before, token)).grants.get('team-a')?.roles).toEqual(['viewer']);
    const roles = createRoles({ adminAliases: ['leads'] });
    const after = createIssuers([shortConfig(options)], { ...parts, roles }, before);
    expect((await bearer(after, token)).grants.get('team-a')?.roles).toEqual(['admin', 'viewer']);
  });
});
