/** ID tokens as a real Dex made them with its LDAP connector: https://dexidp.io/docs/connectors/ldap/ */
import { beforeAll, describe, expect, it } from 'vitest';
import { createSigner, type Signer, sign } from '../testing/provider.ts';
import { type Served, startDocumented, times } from './testing/documented-provider.ts';

const ISSUER = 'https://dex.example.com';

let signer: Signer;
let served: Served;
beforeAll(async () => {
  signer = await createSigner('dda2c2a983d04fd9708ac85854cf769d1358b045');
  served = { issuer: ISSUER, jwksUri: `${ISSUER}/keys`, keys: [signer.jwk] };
});

const person = (more: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  sign(signer, {
    iss: ISSUER,
    // Protocol Buffers: the user's id, and the connector's.
    sub: 'CgNsaW4SBGxkYXA',
    aud: 'mlflow',
    ...times(86_400),
    jti: '0db61523-b274-4127-8a55-560f4e791b00',
    at_hash: 'wDvwiahK1h9h0t-MAZzRaw',
    email: 'lin@example.org',
    email_verified: true,
    groups: ['mlflow-vision-viewer', 'mlflow-speech-contributor'],
    name: 'lin',
    ...more,
  });

describe('Dex', () => {
  it('gives a person the teams of the groups of its connector', async () => {
    const call = await startDocumented('dex', 0, [served]);
    const token = await person();
    const lin = { status: 200, subject: 'lin@example.org' };
    expect(await call(token, { tenant: 'vision' })).toEqual({ ...lin, tenant: 'vision' });
    expect(await call(token, { tenant: 'vision', write: true })).toMatchObject({
      reason: 'role_insufficient',
    });
    expect(await call(token, { tenant: 'speech', write: true })).toEqual({ ...lin, tenant: 'speech' });
  });

  it('grants nothing if the client did not request groups', async () => {
    const call = await startDocumented('dex', 0, [served]);
    expect(await call(await person({ groups: undefined, name: undefined }))).toEqual({
      status: 401,
      reason: 'tenant_claim_missing',
    });
  });

  it.each([
    ['another client', { aud: 'grafana' }],
    ['another Dex', { iss: 'https://dex.stranger.com' }],
    ['the same Dex below another path', { iss: `${ISSUER}/dex` }],
  ])('refuses a token of or for %s', async (_, more) => {
    const call = await startDocumented('dex', 0, [served]);
    expect(await call(await person(more))).toEqual({ status: 401, reason: 'token_invalid' });
  });
});
