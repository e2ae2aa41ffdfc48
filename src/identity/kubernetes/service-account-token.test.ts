import type { JWTPayload } from 'jose';
import { describe, expect, it } from 'vitest';
import { DenialError } from '../../denial.ts';
import { readServiceAccount, refuseLegacyToken } from './service-account-token.ts';

/** Claims of a token that Kubernetes 1.34 issued to a pod. */
const CLAIMS = {
  aud: ['mlflow'],
  exp: 1_795_825_268,
  iat: 1_795_821_668,
  iss: 'https://kubernetes.default.svc.cluster.local',
  jti: '6a6e0671-2d68-410d-98ad-faff53978430',
  'kubernetes.io': {
    namespace: 'ml-vision',
    node: { name: 'worker', uid: '4a0ab46d-c2cb-46e7-a2ea-ffaa6ca94b84' },
    pod: { name: 'training', uid: '4a0ab46d-c2cb-46e7-a2ea-ffaa6ca94b85' },
    serviceaccount: { name: 'trainer', uid: 'cc91c297-82df-47c4-9975-6e6d35b2bd6c' },
  },
  nbf: 1_795_821_668,
  sub: 'system:serviceaccount:ml-vision:trainer',
};

const account = CLAIMS['kubernetes.io'].serviceaccount;
const bound = (more: object) => ({ ...CLAIMS, 'kubernetes.io': { ...CLAIMS['kubernetes.io'], ...more } });

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(DenialError);
    expect(error).toMatchObject({
      reason: 'token_invalid',
      headers: { 'WWW-Authenticate': expect.any(String) },
    });
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('readServiceAccount', () => {
  it('reads namespace and name', () => {
    expect(readServiceAccount(CLAIMS)).toEqual({ namespace: 'ml-vision', name: 'trainer' });
    const dotted = { ...bound({ serviceaccount: { ...account, name: 'build.bot-1' } }) };
    expect(readServiceAccount({ ...dotted, sub: 'system:serviceaccount:ml-vision:build.bot-1' })).toEqual({
      namespace: 'ml-vision',
      name: 'build.bot-1',
    });
  });

  it.each([undefined, null, 'ml-vision', [], {}, { namespace: 'ml-vision' }, { serviceaccount: 'trainer' }])(
    'refuses the claim kubernetes.io %j',
    (claim) => {
      expect(refusal(() => readServiceAccount({ ...CLAIMS, 'kubernetes.io': claim }))).toBe(
        'The token is not bound (it has no usable claim kubernetes.io). Send a token of a projected volume (serviceAccountToken with an audience) or of kubectl create token',
      );
    },
  );

  it.each([
    { namespace: undefined },
    { namespace: 7 },
    { namespace: '' },
    { namespace: 'ML' },
    { namespace: 'a:b' },
    { namespace: 'ml\n' },
    { namespace: 'x'.repeat(64) },
    { serviceaccount: { ...account, name: undefined } },
    { serviceaccount: { ...account, name: ['trainer'] } },
    { serviceaccount: { ...account, name: 'a..b' } },
    { serviceaccount: { ...account, name: 'a/b' } },
    { serviceaccount: { ...account, name: 'x'.repeat(254) } },
    { serviceaccount: { ...account, uid: undefined } },
    { serviceaccount: { ...account, uid: '' } },
  ])('refuses a claim with %j', (more) => {
    expect(refusal(() => readServiceAccount(bound(more)))).toContain(
      'must have the namespace, and the name and uid of the service account',
    );
  });

  it.each([
    undefined,
    'trainer',
    'system:serviceaccount:ml-vision:admin',
    'system:serviceaccount:ml-audio:trainer',
    'system:serviceaccount:ml-vision:trainer:x',
    'SYSTEM:serviceaccount:ml-vision:trainer',
  ])('refuses the sub %j, which names another account', (sub) => {
    expect(refusal(() => readServiceAccount({ ...CLAIMS, sub } as JWTPayload))).toBe(
      'The claims kubernetes.io and sub name different service accounts',
    );
  });
});

it('a token of a Secret is refused with the remedy', () => {
  const message = refusal(() => refuseLegacyToken('kubernetes/serviceaccount'));
  expect(message).toBe(
    'Tokens of Secrets are not accepted, as they never expire. Send a token of a projected volume (serviceAccountToken with an audience) or of kubectl create token',
  );
  expect(refusal(() => readServiceAccount({ ...CLAIMS, iss: 'kubernetes/serviceaccount' }))).toBe(message);
  expect(() => refuseLegacyToken(CLAIMS.iss)).not.toThrow();
  expect(() => refuseLegacyToken(undefined)).not.toThrow();
});
