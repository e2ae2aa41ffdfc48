// GHSA-v574-6498-x57v (a gateway's cache of verified tokens): the key of the cache left out the issuer, so that a verified
// token of one issuer was accepted where only another issuer is trusted. Also: a token's string has many spellings
// (jose's "Token String Identity"), and none of them may change the principal.
import { expect, it } from 'vitest';
import { bearer, CLAIMS, denied, ISSUER, inlineIdentifier } from '../testing/identifier.ts';
import { createSigner, sign } from '../testing/provider.ts';

it('does not accept a cached token of another issuer, in either order', async () => {
  const [ours, theirs] = [await createSigner('k1'), await createSigner('k1')];
  const OTHER = 'https://other.example';
  const one = inlineIdentifier([ours]);
  const two = inlineIdentifier([theirs], { issuer: OTHER });
  const token = await sign(ours, CLAIMS);
  const other = await sign(theirs, { ...CLAIMS, iss: OTHER });
  expect((await bearer(one, token)).issuer).toBe(ISSUER);
  expect((await bearer(two, other)).issuer).toBe(OTHER);
  expect((await denied(() => bearer(two, token))).reason).toBe('token_invalid');
  expect((await denied(() => bearer(one, other))).reason).toBe('token_invalid');
});

it('does not accept a cached token with the signature of another key', async () => {
  const [ours, theirs] = [await createSigner('k1'), await createSigner('k1')];
  const one = inlineIdentifier([ours]);
  expect((await bearer(one, await sign(ours, CLAIMS))).subject).toBe('alice');
  // The same header and claims, signed with another key.
  expect((await denied(async () => bearer(one, await sign(theirs, CLAIMS)))).reason).toBe('token_invalid');
});

it('another spelling of a cached token is verified again', async () => {
  const signer = await createSigner('k1');
  const one = inlineIdentifier([signer]);
  const token = await sign(signer, CLAIMS);
  expect((await bearer(one, token)).subject).toBe('alice');
  for (const spelling of [
    `${token}=`,
    `${token}.`,
    // Not the last character, of which only two bits count (RFC 4648 section 3.5).
    token.replace(/[^.](?=[^.]*$)/, (c) => (c === 'A' ? 'B' : 'A')),
    ` ${token}x`,
  ])
    expect((await denied(() => bearer(one, spelling))).reason).toBe('token_invalid');
});
