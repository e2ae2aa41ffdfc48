// GHSA-9ggr-2464-2j32 (Authlib): a token's "crit" header lists extensions; a verifier must refuse the token unless it
// understands all of them (RFC 7515 section 4.1.11). A verifier that ignores the list accepts a token without a check
// that the issuer requires. The gateway understands no extension, so it refuses every "crit", empty and ill-formed too.
// https://github.com/advisories/GHSA-9ggr-2464-2j32
import { expect, it } from 'vitest';
import { bearer, CLAIMS, denied, inlineIdentifier } from '../testing/identifier.ts';
import { createSigner, encode, type Signer } from '../testing/provider.ts';

async function signed(signer: Signer, header: object): Promise<string> {
  const unsigned = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(CLAIMS))}`;
  const bytes = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', signer.privateKey, Buffer.from(unsigned));
  return `${unsigned}.${Buffer.from(bytes).toString('base64url')}`;
}

it.each([
  { crit: ['cnf'], cnf: { jkt: 'x' } },
  { crit: ['bork'], bork: true },
  { crit: ['b64'], b64: true },
  { crit: ['exp'] },
  { crit: [] },
  { crit: null },
  { crit: 'b64' },
])('refuses a well-signed token with %j', async (extension) => {
  const signer = await createSigner('k1');
  const identifier = inlineIdentifier([signer]);
  const good = await signed(signer, { alg: 'RS256', kid: 'k1' });
  expect((await bearer(identifier, good)).subject).toBe('alice');
  const token = await signed(signer, { alg: 'RS256', kid: 'k1', ...extension });
  expect((await denied(() => bearer(identifier, token))).message).toBe(
    'The token requires an extension that the gateway does not support (crit)',
  );
});
