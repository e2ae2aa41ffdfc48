/**
 * ID tokens of GitLab's jobs and people, as documented: https://docs.gitlab.com/ci/secrets/id_token_authentication/,
 * https://docs.gitlab.com/integration/openid_connect_provider/
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { createSigner, type Signer, sign } from '../testing/provider.ts';
import { type Served, startDocumented, times } from './testing/documented-provider.ts';

const APPLICATION = '1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b';

let signer: Signer;
const servedBy = (issuer: string): Served => ({
  issuer,
  jwksUri: `${issuer}/oauth/discovery/keys`,
  keys: [signer.jwk],
});
beforeAll(async () => {
  signer = await createSigner('4i3sFE7sxqNPOT7FdvcGA1ZVGGI_r-tsDXnEuYT4ZqE');
});

type Claims = Readonly<Record<string, unknown>>;

const job = (issuer: string, path: string, more: Claims = {}): Promise<string> =>
  sign(
    signer,
    {
      namespace_id: '72',
      namespace_path: path.replace(/\/[^/]+$/, ''),
      project_id: '20',
      project_path: path,
      user_id: '1',
      user_login: 'ada',
      user_email: 'ada@example.com',
      user_access_level: 'developer',
      pipeline_id: '574',
      pipeline_source: 'push',
      job_id: '302',
      ref: 'main',
      ref_type: 'branch',
      ref_path: 'refs/heads/main',
      ref_protected: 'true',
      groups_direct: [],
      runner_id: 1,
      runner_environment: 'self-hosted',
      sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
      project_visibility: 'private',
      jti: '235b3a54-b797-45c7-ae9a-f72d7bc6ef5b',
      iss: issuer,
      ...times(),
      nbf: times().iat - 5,
      sub: `project_path:${path}:ref_type:branch:ref:main`,
      aud: 'mlflow',
      ...more,
    },
    { typ: 'JWT' },
  );
const person = (groups: readonly string[], more: Claims = {}): Promise<string> =>
  sign(
    signer,
    {
      iss: OWN,
      sub: '42',
      aud: APPLICATION,
      ...times(120),
      auth_time: times().iat,
      sub_legacy: 'e1bd5e0d2b0ff7ad2b5d7ac4a52d5f2c',
      name: 'Ada Example',
      nickname: 'ada',
      preferred_username: 'ada',
      email: 'ada@example.com',
      email_verified: true,
      groups_direct: groups,
      ...more,
    },
    { typ: 'JWT' },
  );
const CLOUD = 'https://gitlab.com';
const OWN = 'https://gitlab.example.com';
const NO_GRANT = { status: 401, reason: 'tenant_claim_missing' };

describe('jobs on GitLab.com', () => {
  it('get the team of their project', async () => {
    const call = await startDocumented('gitlab', 0, [servedBy(CLOUD)]);
    const subject = 'project_path:acme/vision/training:ref_type:branch:ref:main';
    expect(await call(await job(CLOUD, 'acme/vision/training'), { write: true })).toEqual({
      status: 200,
      tenant: 'vision',
      subject,
    });
    expect(await call(await job(CLOUD, 'acme/deploy'))).toMatchObject({ status: 200, tenant: 'vision' });
  });

  it.each<[string, string, Claims]>([
    ['another top-level group', 'stranger/vision/training', {}],
    ['a group inside another', 'stranger/acme/vision/training', {}],
    ['a group with a similar name', 'acme-evil/vision/training', {}],
    ['a group of the same team further down', 'acme/vision/sub/training', {}],
    ['a branch that is not protected', 'acme/vision/training', { ref_protected: 'false' }],
    ['another project that took the path', 'acme/deploy', { project_id: '21' }],
  ])('get nothing in %s', async (_, path, more) => {
    const call = await startDocumented('gitlab', 0, [servedBy(CLOUD)]);
    expect(await call(await job(CLOUD, path, more))).toEqual(NO_GRANT);
  });

  it('are refused with another audience, and as jobs of another instance', async () => {
    const call = await startDocumented('gitlab', 0, [servedBy(CLOUD)]);
    const invalid = { status: 401, reason: 'token_invalid' };
    expect(
      await call(await job(CLOUD, 'acme/vision/training', { aud: 'https://vault.example.com' })),
    ).toEqual(invalid);
    expect(await call(await job(OWN, 'acme/vision/training'))).toEqual(invalid);
  });
});

describe('an instance of GitLab', () => {
  it('gives people the teams of their groups, and jobs that of their project', async () => {
    const call = await startDocumented('gitlab', 1, [servedBy(OWN)]);
    const token = await person(['ml/vision', 'ml/speech', 'office']);
    expect(await call(token, { tenant: 'speech' })).toEqual({ status: 200, tenant: 'speech', subject: '42' });
    expect(await call(token, { tenant: 'vision', write: true })).toMatchObject({
      reason: 'role_insufficient',
    });
    expect(await call(await job(OWN, 'ml/vision/training'), { write: true })).toMatchObject({
      tenant: 'vision',
    });
  });

  it('gives nothing by groups of other top-level groups', async () => {
    const call = await startDocumented('gitlab', 1, [servedBy(OWN)]);
    expect(await call(await person(['vision', 'other/vision', 'ml', 'ml/vision/sub']))).toEqual(NO_GRANT);
  });

  it('gives jobs of any project the groups of whoever started them, as the page warns', async () => {
    const call = await startDocumented('gitlab', 1, [servedBy(OWN)]);
    const token = await job(OWN, 'office/plants', { groups_direct: ['ml/vision'] });
    expect(await call(token)).toMatchObject({ status: 200, tenant: 'vision' });
    expect(await call(token, { write: true })).toMatchObject({ reason: 'role_insufficient' });
  });
});
