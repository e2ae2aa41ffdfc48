// GHSA-675f-rq2r-jw82 (jwkset): a refresh of the cached keys only added and overwrote keys; a stolen key that the issuer
// withdrew stayed valid for ever. A fetched set replaces the one before, and cached tokens of the withdrawn key are
// verified again.
// https://github.com/advisories/GHSA-675f-rq2r-jw82
import { expect, it } from 'vitest';
import { found } from '../../../dev/waiting.ts';
import { createRoles } from '../../rbac/roles.ts';
import { bearer, CLAIMS, denied, NOW, shortIdentifier } from '../testing/identifier.ts';
import { createSigner, sign, startProvider } from '../testing/provider.ts';

it('refuses cached and new tokens of a withdrawn key, without a request that triggers the refresh', async () => {
  const stolen = await createSigner('stolen');
  const fresh = await createSigner('fresh');
  const provider = await startProvider([stolen.jwk, fresh.jwk]);
  const identifier = shortIdentifier({
    issuer: provider.issuer,
    audience: ['mlflow'],
    tenantClaim: 'tenant_id',
    roleClaims: ['roles'],
    roles: createRoles(),
    now: () => NOW * 1000,
    keys: { refreshSeconds: 0.05, timeoutSeconds: 60 },
  });
  try {
    const claims = { ...CLAIMS, iss: provider.issuer };
    const seen = await sign(stolen, claims);
    expect((await bearer(identifier, seen)).subject).toBe('alice');

    provider.keys = [fresh.jwk];
    const fetched = provider.requests.length;
    // Three more: the first may have been in flight when the key was withdrawn, and the third begins after the second has ended.
    await found('the keys are fetched', () => provider.requests.length >= fetched + 3);
    const withdrawn = 'The token is signed with a key that the issuer does not publish';
    expect((await denied(() => bearer(identifier, seen))).message).toBe(withdrawn);
    const later = await sign(stolen, { ...claims, sub: 'mallory' });
    expect((await denied(() => bearer(identifier, later))).message).toBe(withdrawn);
    expect((await bearer(identifier, await sign(fresh, claims))).subject).toBe('alice');
  } finally {
    identifier.close();
    await provider.stop();
  }
});
