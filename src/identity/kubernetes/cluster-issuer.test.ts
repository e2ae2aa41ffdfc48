/** The cluster as an issuer beside others: tokens of service accounts in the whole of {@link createIssuers}. */
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { found } from '../../../dev/waiting.ts';
import { createRoles } from '../../rbac/roles.ts';
import type { IssuerConfig } from '../issuer/issuer-config.ts';
import { createIssuers, type Issuers } from '../issuers.ts';
import { bearer, CLAIMS, denied, NOW, shortConfig } from '../testing/identifier.ts';
import { createSigner, forge, type Signer, sign } from '../testing/provider.ts';
import { createClusterKeys } from './cluster-keys.ts';
import { CLUSTER_ISSUER, type Cluster, startCluster } from './testing/cluster.ts';

const OTHER = 'https://idp.example/realms/ml';

/** As the API server signs them for a pod. */
const BOUND = {
  iss: CLUSTER_ISSUER,
  aud: ['mlflow'],
  sub: 'system:serviceaccount:ml-vision:trainer',
  iat: NOW - 10,
  nbf: NOW - 10,
  exp: NOW + 600,
  jti: '6a6e0671-2d68-410d-98ad-faff53978430',
  'kubernetes.io': {
    namespace: 'ml-vision',
    node: { name: 'worker', uid: '4a0ab46d-c2cb-46e7-a2ea-ffaa6ca94b84' },
    pod: { name: 'training', uid: '4a0ab46d-c2cb-46e7-a2ea-ffaa6ca94b85' },
    serviceaccount: { name: 'trainer', uid: 'cc91c297-82df-47c4-9975-6e6d35b2bd6c' },
  },
};

let signer: Signer;
let next: Signer;
let person: Signer;
let cluster: Cluster;
let issuers: Issuers | undefined;
let clock: number;

beforeAll(async () => {
  signer = await createSigner('k1');
  next = await createSigner('k2');
  // The key id that the cluster has too.
  person = await createSigner('k1');
});
beforeEach(async () => {
  cluster = await startCluster([signer.jwk]);
  clock = 0;
});
afterEach(async () => {
  issuers?.close();
  await cluster.stop();
});

const CONFIG: IssuerConfig = {
  issuer: undefined,
  audience: ['mlflow'],
  keys: { from: 'cluster' },
  algorithms: ['RS256'],
  clockToleranceMs: 30_000,
  subjectClaim: 'sub',
  grants: [{ kind: 'namespace', pattern: 'ml-{tenant}', role: 'contributor' }],
};

function start(config: IssuerConfig = CONFIG): Issuers {
  const idp = shortConfig({
    issuer: OTHER,
    audience: ['mlflow'],
    jwks: { keys: [person.jwk] },
    tenantClaim: 'tenant_id',
    roleClaims: ['roles'],
  });
  issuers = createIssuers([idp, config], {
    roles: createRoles(),
    now: () => NOW * 1000,
    clusterKeys: ({ issuer, algorithms }) =>
      createClusterKeys({ issuer, algorithms, server: cluster.server, monotonic: () => clock }),
  });
  return issuers;
}

/** Waits until the cluster has named itself. */
async function started(): Promise<Issuers> {
  const all = start();
  await found('the cluster names itself', () => {
    const state = all.ready();
    return state.ok && state.failing === undefined;
  });
  return all;
}

const refused = async (all: Issuers, token: string) => {
  const { reason, message } = await denied(() => bearer(all, token));
  return { reason, message };
};

it('a service account has the tenant of its namespace, and a person of the other issuer that of the claim', async () => {
  const all = await started();
  expect(await bearer(all, await sign(signer, BOUND))).toMatchObject({
    subject: 'system:serviceaccount:ml-vision:trainer',
    issuer: CLUSTER_ISSUER,
    grants: new Map([['vision', { tenant: 'vision', roles: ['contributor'] }]]),
  });
  expect(await bearer(all, await sign(person, { ...CLAIMS, iss: OTHER }))).toMatchObject({
    subject: 'alice',
  });
});

it('a key of one issuer signs nothing for the other, whatever its id', async () => {
  const all = await started();
  const invalid = { reason: 'token_invalid', message: 'The signature of the token is invalid' };
  expect(await refused(all, await sign(person, BOUND))).toEqual(invalid);
  expect(await refused(all, await sign(signer, { ...CLAIMS, iss: OTHER }))).toEqual(invalid);
});

it.each([
  ['another audience', { aud: ['https://kubernetes.default.svc.cluster.local'] }, 'is for another audience'],
  ['no exp', { exp: undefined }, 'exp'],
  ['no claim kubernetes.io', { 'kubernetes.io': undefined }, 'The token is not bound'],
  [
    'the sub of another account',
    { sub: 'system:serviceaccount:ml-audio:trainer' },
    'different service accounts',
  ],
])('a token with %s is refused', async (_what, more, message) => {
  const all = await started();
  const refusal = await refused(all, await sign(signer, { ...BOUND, ...more }));
  expect(refusal.reason).toBe('token_invalid');
  expect(refusal.message).toContain(message);
});

it('a token of a Secret is refused before any key is looked up', async () => {
  const all = await started();
  const before = cluster.requests.length;
  const token = forge(
    { alg: 'RS256', kid: 'unknown' },
    { iss: 'kubernetes/serviceaccount', sub: 'x' },
    'AAAA',
  );
  clock = 3_600_000;
  expect(await refused(all, token)).toMatchObject({
    reason: 'token_invalid',
    message: expect.stringContaining('Tokens of Secrets are not accepted'),
  });
  expect(cluster.requests).toHaveLength(before);
});

it('until the cluster has named itself, its tokens get 503, and the other issuer works', async () => {
  cluster.respond = (_req, res) => void res.writeHead(403).end();
  const all = start();
  expect(await refused(all, await sign(signer, BOUND))).toMatchObject({ reason: 'keys_unavailable' });
  expect(await bearer(all, await sign(person, { ...CLAIMS, iss: OTHER }))).toMatchObject({
    subject: 'alice',
  });
});

it('a token of a rotated key is accepted after one fetch, and one of a withdrawn key no more', async () => {
  const all = await started();
  const old = await sign(signer, BOUND);
  await bearer(all, old);
  cluster.keys = [next.jwk];
  clock = 31_000;
  await bearer(all, await sign(next, BOUND));
  expect(cluster.requests.filter(({ line }) => line === 'GET /openid/v1/jwks')).toHaveLength(2);
  expect(await refused(all, old)).toMatchObject({ reason: 'token_invalid' });
});

it('tokens of another cluster, by its URL, are checked in the same way', async () => {
  const { 'kubernetes.io': _, ...unbound } = BOUND;
  const all = start({
    ...CONFIG,
    issuer: CLUSTER_ISSUER,
    keys: { from: 'inline', jwks: { keys: [signer.jwk] } },
  });
  expect(await bearer(all, await sign(signer, BOUND))).toMatchObject({ subject: BOUND.sub });
  expect((await refused(all, await sign(signer, unbound))).message).toContain('The token is not bound');
  expect(cluster.requests).toEqual([]);
});

it('outside a cluster the configuration is refused', () => {
  expect(() => createIssuers([CONFIG], { roles: createRoles() })).toThrow(
    'keys: this process does not run in a Kubernetes cluster (KUBERNETES_SERVICE_HOST names no address). Give the issuer by its URL, or its keys',
  );
});
