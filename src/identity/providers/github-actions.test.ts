/** Tokens of jobs of GitHub Actions, as documented: https://docs.github.com/actions/reference/security/oidc */
import { beforeAll, describe, expect, it } from 'vitest';
import { createSigner, type Signer, sign } from '../testing/provider.ts';
import { type Served, startDocumented, times } from './testing/documented-provider.ts';

const ISSUER = 'https://token.actions.githubusercontent.com';

let signer: Signer;
let served: Served;
beforeAll(async () => {
  signer = await createSigner('38826b17-6a30-5f9b-b169-8beb8202f723');
  const keys = [
    { ...signer.jwk, x5t: 'ykNaY4qM_ta4k2TgZOCEYLkcYlA', x5c: ['MIIDKzCCAhOgAwIBAgIUDnwm6eRIqGFA3o'] },
  ];
  served = { issuer: ISSUER, jwksUri: `${ISSUER}/.well-known/jwks`, keys };
});

type Claims = Readonly<Record<string, unknown>>;

const job = (sub: string, more: Claims = {}): Promise<string> =>
  sign(
    signer,
    {
      actor: 'octocat',
      actor_id: '12',
      aud: 'mlflow',
      base_ref: '',
      event_name: 'push',
      head_ref: '',
      iss: ISSUER,
      job_workflow_ref: 'acme/vision/.github/workflows/train.yml@refs/heads/main',
      jti: 'example-id',
      nbf: times().iat,
      ref: 'refs/heads/main',
      ref_type: 'branch',
      repository: 'acme/vision',
      repository_id: '456789',
      repository_owner: 'acme',
      repository_owner_id: '123456',
      repository_visibility: 'private',
      run_attempt: '2',
      run_id: 'example-run-id',
      run_number: '10',
      runner_environment: 'github-hosted',
      sha: 'example-sha',
      sub,
      workflow: 'train',
      workflow_ref: 'acme/vision/.github/workflows/train.yml@refs/heads/main',
      ...times(300),
      ...more,
    },
    { typ: 'JWT', x5t: 'ykNaY4qM_ta4k2TgZOCEYLkcYlA' },
  );
const NO_GRANT = { status: 401, reason: 'tenant_claim_missing' };

describe('GitHub Actions', () => {
  it.each([
    'repo:acme@123456/vision@456789:ref:refs/heads/main',
    'repo:acme/vision:ref:refs/heads/main',
    'repo:acme@123456/deploy@456789:environment:vision',
  ])('gives the job %s its team', async (sub) => {
    const call = await startDocumented('github-actions', 0, [served]);
    expect(await call(await job(sub), { write: true })).toEqual({
      status: 200,
      tenant: 'vision',
      subject: sub,
    });
  });

  it('gives the team of an environment by a customised subject', async () => {
    const call = await startDocumented('github-actions', 1, [served]);
    const sub = 'repository_owner_id:123456:environment:vision';
    expect(await call(await job(sub))).toEqual({ status: 200, tenant: 'vision', subject: sub });
    expect(await call(await job('repository_owner_id:99:environment:vision'))).toEqual(NO_GRANT);
    expect(await call(await job('repository_owner_id:123456:environment:vision%3Ax'))).toEqual(NO_GRANT);
  });

  it.each<[string, string, Claims]>([
    ['another organization', 'repo:stranger/vision:ref:refs/heads/main', { repository_owner_id: '99' }],
    ['another organization, with ids', 'repo:stranger@99/vision@1:ref:refs/heads/main', {}],
    [
      'an organization that took the name',
      'repo:acme/vision:ref:refs/heads/main',
      { repository_owner_id: '99' },
    ],
    ['an organization that took the name, with ids', 'repo:acme@99/vision@1:ref:refs/heads/main', {}],
    ['another branch', 'repo:acme@123456/vision@456789:ref:refs/heads/dev', {}],
    ['a pull request', 'repo:acme@123456/vision@456789:pull_request', {}],
    ['an environment of another repository', 'repo:acme@123456/vision@1:environment:speech', {}],
    [
      'another repository with the name of the deploying one',
      'repo:acme@123456/deploy@1:environment:vision',
      {},
    ],
  ])('gives nothing to a job of %s', async (_, sub, more) => {
    const call = await startDocumented('github-actions', 0, [served]);
    expect(await call(await job(sub, more))).toEqual(NO_GRANT);
  });

  it('refuses a job that asked for another audience, and the issuer of an enterprise that is not in the file', async () => {
    const call = await startDocumented('github-actions', 0, [served]);
    const sub = 'repo:acme@123456/vision@456789:ref:refs/heads/main';
    for (const more of [{ aud: 'https://github.com/acme' }, { iss: `${ISSUER}/acme` }])
      expect(await call(await job(sub, more))).toEqual({ status: 401, reason: 'token_invalid' });
  });
});
