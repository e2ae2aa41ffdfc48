/** Access tokens of Auth0, as documented: https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles */
import { beforeAll, describe, expect, it } from 'vitest';
import { createSigner, encode, type Signer, sign } from '../testing/provider.ts';
import { type Served, startDocumented, times } from './testing/documented-provider.ts';

const ISSUER = 'https://acme.eu.auth0.com/';
const API = 'https://mlflow.acme.com';
const MACHINE = 'awZfdIir8YFdGZWkvCejDoUb7SjTDicx';
const GROUPS = 'https://acme.com/groups';

let signer: Signer;
let served: Served;
beforeAll(async () => {
  signer = await createSigner('NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg');
  const keys = [{ ...signer.jwk, x5t: signer.kid, x5c: ['MIIC+DCCAeCgAwIBAgIJBIGjYW6hFpn2'] }];
  served = { issuer: ISSUER, jwksUri: `${ISSUER}.well-known/jwks.json`, keys };
});

type Claims = Readonly<Record<string, unknown>>;

const person = (more: Claims = {}, typ = 'JWT'): Promise<string> =>
  sign(
    signer,
    {
      [GROUPS]: ['mlflow-vision-viewer', 'mlflow-speech-admin'],
      iss: ISSUER,
      sub: 'auth0|6553da60a54af58e29493993',
      aud: [API, `${ISSUER}userinfo`],
      ...times(),
      scope: 'openid profile',
      azp: 'K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja',
      ...more,
    },
    { typ },
  );

describe('Auth0', () => {
  it.each(['JWT', 'at+jwt'])('gives a person the teams of the namespaced claim (typ %s)', async (typ) => {
    const call = await startDocumented('auth0', 0, [served]);
    const token = await person({}, typ);
    const subject = 'auth0|6553da60a54af58e29493993';
    expect(await call(token, { tenant: 'vision' })).toEqual({ status: 200, tenant: 'vision', subject });
    expect(await call(token, { tenant: 'vision', write: true })).toMatchObject({
      reason: 'role_insufficient',
    });
    expect(await call(token, { tenant: 'speech', write: true })).toMatchObject({
      status: 200,
      tenant: 'speech',
    });
  });

  it('gives a machine its team', async () => {
    const call = await startDocumented('auth0', 0, [served]);
    const claims = {
      sub: `${MACHINE}@clients`,
      azp: MACHINE,
      aud: API,
      gty: 'client-credentials',
      scope: 'mlflow',
    };
    const token = await person({ ...claims, [GROUPS]: undefined });
    expect(await call(token, { write: true })).toEqual({
      status: 200,
      tenant: 'vision',
      subject: `${MACHINE}@clients`,
    });
    const other = await person({ ...claims, sub: 'other@clients', [GROUPS]: undefined });
    expect(await call(other)).toEqual({ status: 401, reason: 'tenant_claim_missing' });
  });

  it.each<[string, Claims]>([
    ['another tenant', { iss: 'https://stranger.eu.auth0.com/' }],
    ['the issuer without its slash', { iss: ISSUER.slice(0, -1) }],
    ['the userinfo endpoint alone', { aud: `${ISSUER}userinfo` }],
  ])('refuses a token of or for %s', async (_, more) => {
    const call = await startDocumented('auth0', 0, [served]);
    expect(await call(await person(more))).toEqual({ status: 401, reason: 'token_invalid' });
  });

  it('refuses the encrypted token of a client that asks for no audience', async () => {
    const call = await startDocumented('auth0', 0, [served]);
    const jwe = [JSON.stringify({ alg: 'dir', enc: 'A256GCM', iss: ISSUER }), '', 'iv', 'text', 'tag'];
    expect(await call(jwe.map(encode).join('.'))).toEqual({ status: 401, reason: 'token_invalid' });
  });
});
