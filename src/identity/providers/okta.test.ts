/** Access tokens of an Okta custom authorization server, as documented: https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/ */
import { beforeAll, describe, expect, it } from 'vitest';
import { createSigner, type Signer, sign } from '../testing/provider.ts';
import { type Served, startDocumented, times } from './testing/documented-provider.ts';

const ISSUER = 'https://acme.okta.com/oauth2/ausmlflow1a2b3c4d5e6';
const SERVICE = '0oatrainer1a2b3c4d5e6';

let signer: Signer;
let served: Served;
beforeAll(async () => {
  signer = await createSigner('ZkvelLN_seik7w4pc_prCcfUf-h2hFfiwkDeCrs0iUc');
  served = { issuer: ISSUER, jwksUri: `${ISSUER}/v1/keys`, keys: [signer.jwk] };
});

type Claims = Readonly<Record<string, unknown>>;

const person = (more: Claims = {}): Promise<string> =>
  sign(signer, {
    ver: 1,
    jti: 'AT.MNAoEQ_jbKqoinrQo1D0XKjMX28U5d7ZszBceot7-Ts',
    iss: ISSUER,
    aud: 'api://mlflow',
    ...times(),
    cid: '0oacli1a2b3c4d5e6f7',
    uid: '00u1a2b3c4d5e6f7g8h9',
    scp: ['openid', 'mlflow'],
    auth_time: times().iat,
    sub: 'ada@acme.com',
    groups: ['mlflow-vision-viewer', 'mlflow-speech-admin', 'Everyone'],
    ...more,
  });
const service = (more: Claims = {}): Promise<string> =>
  person({
    cid: SERVICE,
    sub: SERVICE,
    uid: undefined,
    groups: undefined,
    auth_time: undefined,
    scp: ['mlflow'],
    ...more,
  });

describe('Okta', () => {
  it('gives a person the teams of the groups', async () => {
    const call = await startDocumented('okta', 0, [served]);
    const token = await person();
    expect(await call(token, { tenant: 'vision' })).toEqual({
      status: 200,
      tenant: 'vision',
      subject: 'ada@acme.com',
    });
    expect(await call(token, { tenant: 'vision', write: true })).toMatchObject({
      reason: 'role_insufficient',
    });
    expect(await call(token, { tenant: 'speech', write: true })).toMatchObject({
      status: 200,
      tenant: 'speech',
    });
  });

  it('gives a service its team by the client, and not a person who uses the same client', async () => {
    const call = await startDocumented('okta', 0, [served]);
    expect(await call(await service(), { write: true })).toEqual({
      status: 200,
      tenant: 'vision',
      subject: SERVICE,
    });
    expect(await call(await person({ cid: SERVICE, groups: ['Everyone'] }))).toEqual({
      status: 401,
      reason: 'tenant_claim_missing',
    });
  });

  it.each<[string, Claims]>([
    ['another organization', { iss: ISSUER.replace('acme', 'other') }],
    ['another authorization server', { iss: 'https://acme.okta.com/oauth2/default', aud: 'api://default' }],
    ['the org authorization server', { iss: 'https://acme.okta.com', aud: 'https://acme.okta.com' }],
    ['another audience', { aud: 'api://default' }],
  ])('refuses a token of %s', async (_, more) => {
    const call = await startDocumented('okta', 0, [served]);
    expect(await call(await person(more))).toEqual({ status: 401, reason: 'token_invalid' });
  });
});
