/** Access tokens of Microsoft Entra ID, as documented: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference */
import { beforeAll, describe, expect, it } from 'vitest';
import { createSigner, type Signer, sign } from '../testing/provider.ts';
import { type Served, startDocumented, times } from './testing/documented-provider.ts';

const DIRECTORY = '11111111-2222-3333-4444-555555555555';
const OTHER_DIRECTORY = '99999999-2222-3333-4444-555555555555';
const APP = '66666666-7777-8888-9999-000000000000';
const V2 = `https://login.microsoftonline.com/${DIRECTORY}/v2.0`;
const V1 = `https://sts.windows.net/${DIRECTORY}/`;
const OID = 'aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb';
const VISION = '0b1c2d3e-0000-0000-0000-000000000001';
const SPEECH = '0b1c2d3e-0000-0000-0000-000000000002';

let signer: Signer;
let v2: Served;
let v1: Served;
beforeAll(async () => {
  signer = await createSigner('nOo3ZDrODXEK1jKWhXslHR_KXEg');
  const { kid, jwk } = signer;
  // No alg. The keys are those of every directory, so their issuer is a template.
  const keys = [
    {
      kty: jwk.kty,
      use: 'sig',
      kid,
      x5t: kid,
      n: jwk.n,
      e: jwk.e,
      x5c: ['MIIC/TCCAeWgAwIBAgIIUd7j/OIahkYwDQYJKoZIhvcNAQEL'],
      cloud_instance_name: 'microsoftonline.com',
      issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
    },
  ];
  const login = 'https://login.microsoftonline.com';
  v2 = { issuer: V2, jwksUri: `${login}/${DIRECTORY}/discovery/v2.0/keys`, keys };
  v1 = { issuer: V1, jwksUri: `${login}/common/discovery/keys`, keys };
});

type Claims = Readonly<Record<string, unknown>>;

const ofV2 = (more: Claims = {}): Promise<string> =>
  sign(
    signer,
    {
      aud: APP,
      iss: V2,
      ...times(),
      nbf: times().iat,
      aio: 'AXQAi/8TAAAA',
      azp: 'cccccccc-0000-1111-2222-dddddddddddd',
      azpacr: '0',
      name: 'Ada Example',
      oid: OID,
      preferred_username: 'ada@example.com',
      rh: '0.AXEA',
      scp: 'access',
      sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
      tid: DIRECTORY,
      uti: 'fqiBqXLPj0eQa82S-IYFAA',
      ver: '2.0',
      ...more,
    },
    { typ: 'JWT' },
  );
const ofV1 = (more: Claims = {}): Promise<string> =>
  sign(
    signer,
    {
      aud: `api://${APP}`,
      iss: V1,
      ...times(),
      nbf: times().iat,
      acr: '1',
      amr: ['pwd', 'mfa'],
      appid: 'cccccccc-0000-1111-2222-dddddddddddd',
      appidacr: '0',
      groups: [VISION],
      ipaddr: '192.0.2.1',
      oid: OID,
      scp: 'access',
      sub: 'l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA',
      tid: DIRECTORY,
      unique_name: 'ada@example.com',
      uti: 'fqiBqXLPj0eQa82S-IYFAA',
      ver: '1.0',
      ...more,
    },
    { typ: 'JWT', x5t: signer.kid },
  );

describe('app roles', () => {
  it('give a person the teams of the assigned roles, under the object id', async () => {
    const call = await startDocumented('entra-id', 0, [v2]);
    const token = await ofV2({ roles: ['mlflow.vision.viewer', 'mlflow.speech.contributor', 'Other.Read'] });
    expect(await call(token, { tenant: 'vision' })).toEqual({ status: 200, tenant: 'vision', subject: OID });
    expect(await call(token, { tenant: 'vision', write: true })).toMatchObject({
      reason: 'role_insufficient',
    });
    expect(await call(token, { tenant: 'speech', write: true })).toMatchObject({
      status: 200,
      tenant: 'speech',
    });
  });

  it('give an application its team, also one of many groups', async () => {
    const call = await startDocumented('entra-id', 0, [v2]);
    const token = await ofV2({
      idtyp: 'app',
      scp: undefined,
      roles: ['mlflow.vision.contributor'],
      _claim_names: { groups: 'src1' },
    });
    expect(await call(token, { write: true })).toEqual({ status: 200, tenant: 'vision', subject: OID });
  });

  it.each<[string, Claims]>([
    [
      'another directory, signed with the same keys',
      { iss: V2.replace(DIRECTORY, OTHER_DIRECTORY), tid: OTHER_DIRECTORY },
    ],
    ['the template of common', { iss: 'https://login.microsoftonline.com/{tenantid}/v2.0' }],
    ['Microsoft Graph', { aud: '00000003-0000-0000-c000-000000000000' }],
    ['version 1.0, without an issuer for it', { iss: V1 }],
  ])('of a token for or from %s give nothing', async (_, more) => {
    const call = await startDocumented('entra-id', 0, [v2]);
    const token = await ofV2({ roles: ['mlflow.vision.viewer'], ...more });
    expect(await call(token)).toEqual({ status: 401, reason: 'token_invalid' });
  });

  it('without a role are refused as missing', async () => {
    const call = await startDocumented('entra-id', 0, [v2]);
    expect(await call(await ofV2())).toEqual({ status: 401, reason: 'tenant_claim_missing' });
  });
});

describe('groups by object id', () => {
  it('give the teams of the table, in tokens of both versions', async () => {
    const call = await startDocumented('entra-id', 1, [v2, v1]);
    const groups = [VISION, SPEECH, '0b1c2d3e-0000-0000-0000-000000000009'];
    const person = { status: 200, subject: OID };
    expect(await call(await ofV2({ groups }), { tenant: 'vision' })).toEqual({ ...person, tenant: 'vision' });
    expect(await call(await ofV1({ groups }), { tenant: 'speech', write: true })).toEqual({
      ...person,
      tenant: 'speech',
    });
    expect(await call(await ofV1())).toEqual({ ...person, tenant: 'vision' });
  });

  it.each<[string, Claims]>([
    [
      '_claim_names',
      {
        _claim_names: { groups: 'src1' },
        _claim_sources: {
          src1: { endpoint: `https://graph.windows.net/${DIRECTORY}/users/${OID}/getMemberObjects` },
        },
      },
    ],
    ['hasgroups', { hasgroups: true }],
  ])('that Entra ID left out are refused: %s', async (_, more) => {
    const call = await startDocumented('entra-id', 1, [v2, v1]);
    const overage = { status: 401, reason: 'groups_overage' };
    expect(await call(await ofV2(more))).toEqual(overage);
    expect(await call(await ofV1({ groups: undefined, ...more }))).toEqual(overage);
  });

  it('of another directory give nothing, whichever version names it', async () => {
    const call = await startDocumented('entra-id', 1, [v2, v1]);
    for (const iss of [V2, V1].map((issuer) => issuer.replace(DIRECTORY, OTHER_DIRECTORY)))
      expect(await call(await ofV1({ iss }))).toEqual({ status: 401, reason: 'token_invalid' });
  });
});

it('metadata with {tenantid} for the issuer bring no keys', async () => {
  const named = 'https://login.microsoftonline.com/{tenantid}/v2.0';
  const call = await startDocumented('entra-id', 0, [{ ...v2, named }]);
  expect(await call(await ofV2({ roles: ['mlflow.vision.viewer'] }))).toEqual({
    status: 503,
    reason: 'keys_unavailable',
  });
});
