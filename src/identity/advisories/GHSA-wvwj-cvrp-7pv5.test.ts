// GHSA-wvwj-cvrp-7pv5 (Authlib; CVE-2018-0114 in node-jose): the attacker makes a key pair, signs forged claims and
// puts the public key, or its address, into the token's header ("jwk", "jku", "x5c", "x5u"). A verifier that
// uses this key accepts the signature. The gateway uses the issuer's published keys only, and fetches no key from an
// address in a token.
// https://github.com/advisories/GHSA-wvwj-cvrp-7pv5
import { expect, it } from 'vitest';
import { createRoles } from '../../rbac/roles.ts';
import { bearer, CLAIMS, denied, NOW, shortIdentifier } from '../testing/identifier.ts';
import { createSigner, sign, startProvider } from '../testing/provider.ts';

it('uses no key from a token’s header', async () => {
  const issuer = await createSigner('k1');
  const attacker = await createSigner('k1');
  const provider = await startProvider([issuer.jwk]);
  const evil = await startProvider([attacker.jwk]);
  const identifier = shortIdentifier({
    issuer: provider.issuer,
    audience: ['mlflow'],
    tenantClaim: 'tenant_id',
    roleClaims: ['roles'],
    roles: createRoles(),
    now: () => NOW * 1000,
  });
  try {
    const claims = { ...CLAIMS, iss: provider.issuer };
    expect((await bearer(identifier, await sign(issuer, claims))).subject).toBe('alice');
    const x5c = [Buffer.from(attacker.pem).toString('base64')];
    for (const header of [{ jwk: attacker.jwk }, { jku: evil.jwksUri }, { x5u: evil.jwksUri }, { x5c }]) {
      for (const kid of ['k1', 'unknown', undefined]) {
        const token = await sign(attacker, claims, { ...header, kid });
        expect((await denied(() => bearer(identifier, token))).reason).toBe('token_invalid');
      }
    }
    expect(evil.requests).toEqual([]);
  } finally {
    identifier.close();
    await provider.stop();
    await evil.stop();
  }
});
