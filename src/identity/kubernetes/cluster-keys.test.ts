import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROTATED_CERTIFICATE } from '../../inject/testing/rotated.ts';
import { LIMITS } from '../../limits.ts';
import { CERTIFICATE } from '../../upstream/testing/tls.ts';
import type { ClusterKeys } from '../issuer/issuer-keys.ts';
import { denied } from '../testing/identifier.ts';
import { createSigner, type Signer } from '../testing/provider.ts';
import { type ClusterKeysOptions, createClusterKeys } from './cluster-keys.ts';
import { CLUSTER_ISSUER, type Cluster, startCluster } from './testing/cluster.ts';

let first: Signer;
let second: Signer;
let cluster: Cluster;
let keys: ClusterKeys | undefined;
let clock: number;
let fetched: boolean[];
let lines: string[];

beforeAll(async () => {
  first = await createSigner('first');
  second = await createSigner('second');
});
beforeEach(async () => {
  cluster = await startCluster([first.jwk]);
  clock = 0;
  fetched = [];
  lines = [];
});
afterEach(async () => {
  keys?.close();
  await cluster.stop();
});

function start(more: Partial<ClusterKeysOptions> = {}): ClusterKeys {
  const log = (message: string): void => void lines.push(message);
  keys = createClusterKeys({
    issuer: undefined,
    algorithms: ['RS256'],
    server: cluster.server,
    backoffSeconds: { first: 3600, longest: 3600 },
    monotonic: () => clock,
    log: { info: log, warn: log },
    onFetch: (ok) => void fetched.push(ok),
    ...more,
  });
  return keys;
}

const find = (kid: string) => keys!.find({ alg: 'RS256', kid }, {} as never);

/** The reason why the first fetch failed. */
async function problem(more: Partial<ClusterKeysOptions> = {}): Promise<string> {
  const source = start(more);
  expect(await denied(() => find('first'))).toMatchObject({ reason: 'keys_unavailable' });
  const ready = source.ready();
  return ready.ok ? 'none' : ready.why;
}

describe('the first fetch', () => {
  it('takes issuer and keys from the API server, with the token of the pod', async () => {
    const source = start();
    expect(source.issuer()).toBeUndefined();
    await expect(find('first')).resolves.toHaveProperty('type', 'public');
    expect(source.issuer()).toBe(CLUSTER_ISSUER);
    expect(source.ready()).toEqual({ ok: true });
    // Not the address of jwks_uri.
    expect(cluster.requests).toEqual([
      { line: 'GET /.well-known/openid-configuration', authorization: 'Bearer first-token' },
      { line: 'GET /openid/v1/jwks', authorization: 'Bearer first-token' },
    ]);
    expect(lines).toEqual([
      `the cluster: names its issuer ${CLUSTER_ISSUER}`,
      'the cluster: 1 signing keys fetched',
    ]);
  });

  it('asks for the keys only if the issuer is configured', async () => {
    const source = start({ issuer: 'https://old.example' });
    await find('first');
    expect(source.issuer()).toBe('https://old.example');
    expect(cluster.requests.map(({ line }) => line)).toEqual(['GET /openid/v1/jwks']);
  });

  it.each([undefined, '', 7, ['x'], 'with blank', 'line\nbreak', 'x'.repeat(2_001)])(
    'refuses the issuer %j',
    async (issuer) => {
      cluster.issuer = issuer;
      expect(await problem()).toContain('/.well-known/openid-configuration: names no usable issuer');
      expect(keys!.issuer()).toBeUndefined();
    },
  );
});

describe('a failed fetch', () => {
  it('names the missing right', async () => {
    cluster.respond = (_req, res) => void res.writeHead(403).end('{"kind":"Status"}');
    expect(await problem()).toBe(
      `no signing keys of the issuer: ${cluster.server.url}/.well-known/openid-configuration: answered 403: the gateway's service account may not read it. Bind the ClusterRole system:service-account-issuer-discovery to the account (in the chart: clusterKeys.enabled)`,
    );
    expect(fetched).toEqual([false]);
  });

  it('names the rejected token, or the unpublished issuer', async () => {
    cluster.respond = (_req, res) => void res.writeHead(401).end();
    expect(await problem()).toContain(
      `answered 401: the API server does not accept the gateway's own token. ${cluster.server.tokenFile} must have a token`,
    );
    keys?.close();
    cluster.respond = (_req, res) => void res.writeHead(404).end();
    expect(await problem()).toContain('Its --service-account-issuer must be an https URL');
    keys?.close();
    cluster.respond = (_req, res) => void res.writeHead(500).end();
    expect(await problem()).toMatch(/answered 500$/);
  });

  it('names the missing mount of the pod', async () => {
    const server = { ...cluster.server, tokenFile: '/nowhere/token' };
    expect(await problem({ server })).toContain(
      '/nowhere/token cannot be read: there is no such file. The pod needs a projected volume at /etc/mlflow-gateway/kubernetes',
    );
    expect(cluster.requests).toEqual([]);
  });

  it('reads no file beyond the limit', async () => {
    cluster.write('token', 'x'.repeat(LIMITS.serviceAccountFile.value + 1));
    expect(await problem()).toContain(`is larger than ${LIMITS.serviceAccountFile.value} bytes`);
    keys?.close();
    expect(await problem({ server: { ...cluster.server, tokenFile: '/dev/zero' } })).toContain(
      'it is not a regular file',
    );
    expect(cluster.requests).toEqual([]);
  });

  it('sends no request to a server with a certificate of another authority', async () => {
    cluster.write('ca.crt', ROTATED_CERTIFICATE);
    expect(await problem()).toMatch(/: DEPTH_ZERO_SELF_SIGNED_CERT$/);
    expect(cluster.requests).toEqual([]);
  });

  it('sends the token nowhere else', async () => {
    const elsewhere = await startCluster([second.jwk]);
    try {
      cluster.respond = (_req, res) =>
        void res.writeHead(302, { location: `${elsewhere.server.url}/openid/v1/jwks` }).end();
      expect(await problem()).toMatch(/answered 302$/);
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await elsewhere.stop();
    }
  });

  it('keeps the keys, until they are a day old', async () => {
    const source = start();
    await find('first');
    cluster.respond = (_req, res) => void res.writeHead(503).end();
    clock = 31_000;
    await expect(find('second')).rejects.toHaveProperty('code', 'ERR_JWKS_NO_MATCHING_KEY');
    expect(fetched).toEqual([true, false]);
    await expect(find('first')).resolves.toHaveProperty('type', 'public');
    expect(source.ready()).toEqual({ ok: true });
    clock = 25 * 3_600_000;
    expect(source.ready().ok).toBe(false);
    // The name does not become unknown: its tokens are answered with 503, as long as there are no keys.
    expect(source.issuer()).toBe(CLUSTER_ISSUER);
  });
});

describe('a change in the cluster', () => {
  it('is found by a token with an unknown key: new keys, read with the present token and authorities', async () => {
    const source = start();
    await find('first');
    const before = source.generation();
    cluster.keys = [first.jwk, second.jwk];
    cluster.write('token', 'second-token');
    cluster.write('ca.crt', `${ROTATED_CERTIFICATE}${CERTIFICATE}`);
    clock = 31_000;
    await expect(find('second')).resolves.toHaveProperty('type', 'public');
    expect(source.generation()).not.toBe(before);
    expect(cluster.requests.at(-1)).toEqual({
      line: 'GET /openid/v1/jwks',
      authorization: 'Bearer second-token',
    });
  });

  it('of the issuer’s name ends tokens verified under the old one', async () => {
    const source = start();
    await find('first');
    const before = source.generation();
    cluster.issuer = 'https://new.example';
    clock = 31_000;
    await expect(find('second')).rejects.toHaveProperty('code', 'ERR_JWKS_NO_MATCHING_KEY');
    expect(source.issuer()).toBe('https://new.example');
    expect(source.generation()).not.toBe(before);
  });
});
