/** ID tokens of Google, as documented: https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload */
import { beforeAll, describe, expect, it } from 'vitest';
import { createSigner, type Signer, sign } from '../testing/provider.ts';
import { type Served, startDocumented, times } from './testing/documented-provider.ts';

const ISSUER = 'https://accounts.google.com';
const CLIENT = '123456789012-abc123.apps.googleusercontent.com';
const TRAINER = 'vision-trainer@acme-ml.iam.gserviceaccount.com';

let signer: Signer;
let served: Served;
beforeAll(async () => {
  signer = await createSigner('6a8ba5652a7044121d4fedac8f14d14c54e4895b');
  served = { issuer: ISSUER, jwksUri: 'https://www.googleapis.com/oauth2/v3/certs', keys: [signer.jwk] };
});

type Claims = Readonly<Record<string, unknown>>;

const workload = (more: Claims = {}): Promise<string> =>
  sign(
    signer,
    {
      aud: 'mlflow.acme.com',
      azp: '110169484474386276334',
      email: TRAINER,
      email_verified: true,
      ...times(),
      iss: ISSUER,
      sub: '110169484474386276334',
      ...more,
    },
    { typ: 'JWT' },
  );
const person = (more: Claims = {}): Promise<string> =>
  sign(
    signer,
    {
      iss: ISSUER,
      azp: CLIENT,
      aud: CLIENT,
      sub: '103614735629384756012',
      hd: 'acme.com',
      email: 'bob@acme.com',
      email_verified: true,
      at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q',
      ...times(),
      ...more,
    },
    { typ: 'JWT' },
  );
const NO_GRANT = { status: 401, reason: 'tenant_claim_missing' };

describe('Google', () => {
  it('gives a service account the team in its name', async () => {
    const call = await startDocumented('google', 0, [served]);
    expect(await call(await workload(), { write: true })).toEqual({
      status: 200,
      tenant: 'vision',
      subject: TRAINER,
    });
  });

  it('gives people the team of their domain, and a single person more', async () => {
    const call = await startDocumented('google', 0, [served]);
    expect(await call(await person())).toEqual({ status: 200, tenant: 'shared', subject: 'bob@acme.com' });
    const ada = await person({ email: 'ada@acme.com' });
    expect(await call(ada, { tenant: 'vision', write: true })).toMatchObject({
      status: 200,
      tenant: 'vision',
    });
    expect(await call(ada, { tenant: 'shared', write: true })).toMatchObject({ reason: 'role_insufficient' });
  });

  it.each<[string, () => Promise<string>]>([
    [
      'a service account of another project',
      () => workload({ email: 'vision-trainer@stranger.iam.gserviceaccount.com' }),
    ],
    [
      'a service account of another name',
      () => workload({ email: 'vision-mailer@acme-ml.iam.gserviceaccount.com' }),
    ],
    ['an address that is not verified', () => workload({ email_verified: false })],
    ['a consumer account with an address of the domain', () => person({ hd: undefined })],
    ['a person of another domain', () => person({ hd: 'stranger.com', email: 'ada@stranger.com' })],
  ])('gives nothing to %s', async (_, token) => {
    const call = await startDocumented('google', 0, [served]);
    expect(await call(await token())).toEqual(NO_GRANT);
  });

  it('refuses an access token, and an ID token for another application', async () => {
    const call = await startDocumented('google', 0, [served]);
    const invalid = { status: 401, reason: 'token_invalid' };
    expect(await call('ya29.a0AfH6SMBx7example')).toEqual(invalid);
    expect(await call(await person({ aud: '999-x.apps.googleusercontent.com' }))).toEqual(invalid);
    expect((await call(await workload({ email: undefined }))).status).toBe(401);
  });
});
