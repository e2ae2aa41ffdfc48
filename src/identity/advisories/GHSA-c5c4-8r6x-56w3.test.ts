// GHSA-c5c4-8r6x-56w3 (oauth2-proxy): an email claim with several "@" passed a check of its domain, because two pieces of
// code disagreed about which "@" counts. The gateway derives nothing from a part of a claim: the whole claim is the
// tenant, and a tenant has no "@"; a subject is a name that the gateway never parses.
import { expect, it } from 'vitest';
import { bearer, CLAIMS, denied, inlineIdentifier } from '../testing/identifier.ts';
import { createSigner, sign } from '../testing/provider.ts';

const EMAILS = ['bob@team-a', 'bob@evil.example@team-a', 'team-a@evil.example', '"bob@team-a"@evil.example'];

it.each(EMAILS)('reads no tenant from %s', async (email) => {
  const signer = await createSigner('k1');
  const identifier = inlineIdentifier([signer], { tenantClaim: 'email' });
  const token = await sign(signer, { ...CLAIMS, email });
  expect((await denied(() => bearer(identifier, token))).reason).toBe('tenant_claim_invalid');
});

it.each(EMAILS)('grants nothing for the subject %s', async (sub) => {
  const signer = await createSigner('k1');
  const principal = await bearer(
    inlineIdentifier([signer]),
    await sign(signer, { ...CLAIMS, sub, roles: ['viewer'] }),
  );
  expect(principal.subject).toBe(sub);
  expect([...principal.grants]).toEqual([['team-a', { tenant: 'team-a', roles: ['viewer'] }]]);
});
