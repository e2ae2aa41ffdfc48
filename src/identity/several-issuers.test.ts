import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRoles } from '../rbac/roles.ts';
import { unauthorized } from './bearer.ts';
import type { IssuerConfig } from './issuer/issuer-config.ts';
import type { ClusterKeys } from './issuer/issuer-keys.ts';
import { createIssuers, type IssuerParts, type Issuers } from './issuers.ts';
import { createInlineKeys, createNoKeys } from './jwks.ts';
import { bearer, CLAIMS, denied, NOW, shortConfig } from './testing/identifier.ts';
import { createSigner, json, type Provider, type Signer, sign, startProvider } from './testing/provider.ts';

/** Two providers whose keys have the same id. */
let people: Provider;
let machines: Provider;
let ofPeople: Signer;
let ofMachines: Signer;
let clock = 0;
let open: Issuers | undefined;

beforeAll(async () => {
  ofPeople = await createSigner('k1');
  ofMachines = await createSigner('k1');
});
beforeEach(async () => {
  clock = 0;
  people = await startProvider([ofPeople.jwk]);
  machines = await startProvider([ofMachines.jwk]);
});
afterEach(async () => {
  open?.close();
  open = undefined;
  await people.stop();
  await machines.stop();
});

const config = (provider: Provider, more: Partial<IssuerConfig> = {}): IssuerConfig => ({
  ...shortConfig({
    issuer: provider.issuer,
    audience: ['mlflow'],
    tenantClaim: 'tenant_id',
    roleClaims: ['roles'],
  }),
  ...more,
});
const both = (): readonly IssuerConfig[] => [config(people), config(machines)];
const parts = (more: Partial<IssuerParts> = {}): IssuerParts => ({
  roles: ROLES,
  now: () => NOW * 1000,
  keys: { monotonic: () => clock, timeoutSeconds: 60 },
  ...more,
});
const ROLES = createRoles();

/** Opens issuers, waits until the keys of all are fetched, and has a token of each in the cache. */
async function connect(configs = both(), more: Partial<IssuerParts> = {}): Promise<Issuers> {
  const issuers = createIssuers(configs, parts(more));
  open = issuers;
  await expect.poll(() => issuers.ready()).toEqual({ ok: true });
  for (const provider of [people, machines]) await bearer(issuers, await tokenOf(provider));
  return issuers;
}
const tokenOf = (provider: Provider, more: Record<string, unknown> = {}, header = {}): Promise<string> =>
  sign(
    provider === people ? ofPeople : ofMachines,
    { ...CLAIMS, azp: 'robot', iss: provider.issuer, ...more },
    header,
  );
const headers = (token: string) => ({
  authorization: `Bearer ${token}`,
  tenant: undefined,
  subject: undefined,
});
const messageOf = async (by: Issuers, token: string) => (await denied(() => bearer(by, token))).message;

describe('tokens of two issuers', () => {
  it('are accepted, each by its own issuer, with the same subject and key id', async () => {
    const by = await connect();
    const one = await bearer(by, await tokenOf(people, { tenant_id: 'vision' }));
    const other = await bearer(by, await tokenOf(machines, { tenant_id: 'speech' }));
    expect([one.issuer, one.subject, [...one.grants.keys()]]).toEqual([people.issuer, 'alice', ['vision']]);
    expect([other.issuer, other.subject, [...other.grants.keys()]]).toEqual([
      machines.issuer,
      'alice',
      ['speech'],
    ]);
  });

  it.each(['people', 'machines'] as const)(
    'are refused if they name the other issuer (%s)',
    async (which) => {
      const by = await connect();
      const [signer, named] = which === 'people' ? [ofPeople, machines] : [ofMachines, people];
      const forged = await sign(signer, { ...CLAIMS, iss: named.issuer });
      for (let i = 0; i < 2; i++)
        expect(await messageOf(by, forged)).toBe('The signature of the token is invalid');
    },
  );

  it.each(['people', 'machines'] as const)(
    'are refused with a key that only the other issuer has (%s), whose keys are not asked for',
    async (which) => {
      const extra = await createSigner('only');
      const [own, other] = which === 'people' ? [people, machines] : [machines, people];
      other.keys = [...other.keys, extra.jwk];
      const by = await connect();
      await bearer(by, await sign(extra, { ...CLAIMS, iss: other.issuer }));
      people.requests.length = machines.requests.length = 0;
      clock += 31_000;
      expect(await messageOf(by, await sign(extra, { ...CLAIMS, iss: own.issuer }))).toBe(
        'The token is signed with a key that the issuer does not publish',
      );
      expect([own.requests, other.requests]).toEqual([['/jwks'], []]);
    },
  );

  it('of an unknown issuer cause no fetch', async () => {
    const by = await connect();
    people.requests.length = machines.requests.length = 0;
    clock += 31_000;
    for (const iss of [
      'https://other.example',
      `${people.issuer}/`,
      undefined,
      '',
      [people.issuer],
      '__proto__',
      'constructor',
    ]) {
      const token = await sign(ofPeople, { ...CLAIMS, iss }, { kid: 'unknown' });
      expect(await messageOf(by, token)).toBe('The token is from another issuer');
    }
    expect([people.requests, machines.requests]).toEqual([[], []]);
  });

  it('meet the rules of their own issuer only', async () => {
    const issuers = await connect([
      config(people, { audience: ['mlflow', 'a'], clockToleranceMs: 60_000 }),
      config(machines, { audience: ['mlflow', 'b'], subjectClaim: 'azp', clockToleranceMs: 0 }),
    ]);
    expect((await bearer(issuers, await tokenOf(people, { aud: 'a' }))).subject).toBe('alice');
    expect(await messageOf(issuers, await tokenOf(people, { aud: 'b' }))).toBe(
      'The token is for another audience',
    );
    expect((await bearer(issuers, await tokenOf(machines, { aud: 'b', azp: 'robot' }))).subject).toBe(
      'robot',
    );
    expect(await messageOf(issuers, await tokenOf(machines, { aud: 'a' }))).toBe(
      'The token is for another audience',
    );
    const past = { exp: NOW - 30 };
    expect((await bearer(issuers, await tokenOf(people, past))).subject).toBe('alice');
    expect(await messageOf(issuers, await tokenOf(machines, past))).toBe('The token has expired');
  });

  it('make platform-admins only where that issuer is trusted with it', async () => {
    const root = { claims: ['roles'], values: ['mlops-root'] };
    const by = await connect([config(people, { platformAdmins: root }), config(machines)]);
    const claims = { roles: ['mlops-root', 'viewer'] };
    expect((await bearer(by, await tokenOf(people, claims))).platformAdmin).toBe(true);
    expect((await bearer(by, await tokenOf(machines, claims))).platformAdmin).toBe(false);
    expect((await bearer(by, await tokenOf(people, { other: ['mlops-root'] }))).platformAdmin).toBe(false);
    const word = { roles: ['platform-admin', 'viewer'] };
    expect((await bearer(by, await tokenOf(people, word))).platformAdmin).toBe(false);
  });
});

describe('the cache', () => {
  it('is one for all issuers, and returns without a promise', async () => {
    const by = await connect();
    expect(by.tokens()).toEqual({ size: 2, hits: 0, misses: 2 });
    for (const provider of [people, machines]) {
      const cached = by.identify(headers(await tokenOf(provider)));
      expect(cached).toMatchObject({ issuer: provider.issuer });
    }
    expect(by.tokens()).toEqual({ size: 2, hits: 2, misses: 2 });
  });

  it('drops only the tokens of the issuer with changed keys', async () => {
    const by = await connect();
    const [one, other] = [await tokenOf(people), await tokenOf(machines)];
    people.keys = [(await createSigner('k2')).jwk];
    clock += 31_000;
    await denied(async () => bearer(by, await tokenOf(people, {}, { kid: 'k3' })));
    expect(await messageOf(by, one)).toBe('The token is signed with a key that the issuer does not publish');
    expect(by.identify(headers(other))).toMatchObject({ issuer: machines.issuer });
  });
});

describe('readiness', () => {
  const down: Parameters<Provider['routes']['set']>[1] = (_req, res) => void res.writeHead(500).end();

  it('is there while one issuer can verify tokens, and names the one that cannot', async () => {
    machines.routes.set('/jwks', down);
    open = createIssuers(both(), parts());
    await bearer(open, await tokenOf(people));
    expect((await denied(async () => bearer(open!, await tokenOf(machines)))).reason).toBe(
      'keys_unavailable',
    );
    expect(open.ready()).toEqual({
      ok: true,
      failing: [`${machines.issuer}: no signing keys of the issuer: ${machines.jwksUri}: answered 500`],
    });
    machines.routes.set(
      '/jwks',
      json(() => ({ keys: machines.keys })),
    );
    clock += 61_000;
    const again = createIssuers(both(), parts());
    await bearer(again, await tokenOf(machines));
    await bearer(again, await tokenOf(people));
    expect(again.ready()).toEqual({ ok: true });
    again.close();
  });

  it('is not there if no issuer can', async () => {
    for (const provider of [people, machines]) provider.routes.set('/jwks', down);
    open = createIssuers(both(), parts());
    for (const provider of [people, machines])
      await denied(async () => bearer(open!, await tokenOf(provider)));
    const ready = open.ready();
    expect(ready.ok).toBe(false);
    expect(ready).toHaveProperty('why', expect.stringContaining(`${people.issuer}: no signing keys`));
    expect(ready).toHaveProperty('why', expect.stringContaining(`${machines.issuer}: no signing keys`));
  });
});

describe('replaced issuers', () => {
  const fetched = () => [people.requests, machines.requests].map(({ length }) => length);

  it('keep keys and cached tokens if nothing has changed', async () => {
    const before = await connect();
    const requests = fetched();
    open = createIssuers(both(), parts(), before);
    expect(open.identify(headers(await tokenOf(people)))).toMatchObject({ issuer: people.issuer });
    expect(open.ready()).toEqual({ ok: true });
    expect((await bearer(open, await tokenOf(machines, { sub: 'bob' }))).subject).toBe('bob');
    expect(fetched()).toEqual(requests);
  });

  it('keep the pause after a failed fetch', async () => {
    people.routes.set('/jwks', (_req, res) => void res.writeHead(500).end());
    open = createIssuers([config(people)], parts());
    const token = await tokenOf(people);
    await denied(() => bearer(open!, token));
    const requests = people.requests.length;
    for (let i = 0; i < 5; i++) {
      open = createIssuers([config(people)], parts(), open);
      expect((await denied(() => bearer(open!, token))).reason).toBe('keys_unavailable');
    }
    expect(people.requests.length).toBe(requests);
  });

  it('keep their keys, not their cached tokens, if other options or the roles have changed', async () => {
    const before = await connect();
    const requests = fetched();
    const token = await tokenOf(machines);
    open = createIssuers([config(people), config(machines, { audience: ['else'] })], parts(), before);
    expect(open.identify(headers(await tokenOf(people)))).toMatchObject({ issuer: people.issuer });
    expect(await messageOf(open, token)).toBe('The token is for another audience');
    open = createIssuers(both(), parts({ roles: createRoles({ adminAliases: ['contributors'] }) }), open);
    const again = open.identify(headers(token));
    expect(again).toBeInstanceOf(Promise);
    expect((await again).issuer).toBe(machines.issuer);
    expect(fetched()).toEqual(requests);
  });

  it('that are gone have no valid token, cached or not, and fetch no keys any more', async () => {
    const before = await connect();
    const requests = fetched();
    open = createIssuers([config(people)], parts(), before);
    for (const claims of [{}, { sub: 'bob' }])
      expect(await messageOf(open, await tokenOf(machines, claims))).toBe('The token is from another issuer');
    expect(open.identify(headers(await tokenOf(people)))).toMatchObject({ issuer: people.issuer });
    expect(fetched()).toEqual(requests);
    open = createIssuers(both(), parts(), open);
    expect((await bearer(open, await tokenOf(machines))).issuer).toBe(machines.issuer);
    expect(machines.requests.length).toBe(requests[1]! + 2);
  });

  it('stay in use if their successors cannot be used', async () => {
    const by = await connect();
    expect(() => createIssuers([config(people), config(machines, { audience: [] })], parts(), by)).toThrow(
      `OIDC cannot be set up:\n  - issuers[1] (${machines.issuer}): audience: at least one`,
    );
    for (const provider of [people, machines])
      expect(by.identify(headers(await tokenOf(provider)))).toMatchObject({ issuer: provider.issuer });
  });
});

describe('an issuer that the cluster names', () => {
  const NAME = 'https://kubernetes.default.svc';
  let named: string | undefined;
  const clusterKeys = (): ClusterKeys => ({
    ...createInlineKeys({ keys: [ofMachines.jwk] }, ['RS256']),
    issuer: () => named,
  });
  const cluster = () => config(machines, { issuer: undefined, keys: { from: 'cluster' } });

  it('has its tokens accepted as soon as it has its name', async () => {
    named = undefined;
    open = createIssuers([config(people), cluster()], parts({ clusterKeys }));
    const bound = { namespace: 'ml', serviceaccount: { name: 'trainer', uid: '1' } };
    const claims = { iss: NAME, sub: 'system:serviceaccount:ml:trainer', 'kubernetes.io': bound };
    const token = await tokenOf(machines, claims);
    expect((await denied(() => bearer(open!, token))).reason).toBe('keys_unavailable');
    named = NAME;
    expect((await bearer(open, token)).issuer).toBe(NAME);
    expect(await messageOf(open, await tokenOf(machines, { iss: 'https://x.example' }))).toBe(
      'The token is from another issuer',
    );
    expect((await bearer(open, await tokenOf(people))).issuer).toBe(people.issuer);
  });

  it('does not take the name of another issuer', async () => {
    named = people.issuer;
    open = createIssuers([config(people), cluster()], parts({ clusterKeys }));
    expect((await bearer(open, await tokenOf(people))).issuer).toBe(people.issuer);
    const forged = await tokenOf(machines, { iss: people.issuer });
    expect(await messageOf(open, forged)).toBe('The signature of the token is invalid');
  });
});

describe('opaque tokens', () => {
  const introspection = { uri: 'https://x.example', clientId: 'g', clientSecretFile: '/s', cacheSeconds: 60 };
  let now = NOW;
  let asked: string[];
  let refused: string[];
  let closed = 0;
  let answer: Record<string, unknown>;
  const more = (): Partial<IssuerParts> => ({
    now: () => now * 1000,
    introspection: () => ({
      introspect: async (token) => {
        asked.push(token);
        if (token !== 'opaque') throw unauthorized('token_invalid', 'The token is not active');
        return answer;
      },
      refuse: (token) => void refused.push(token),
      close: () => void closed++,
    }),
  });
  const withOne = () => [config(people), config(machines, { introspection })];
  beforeEach(() => {
    now = NOW;
    asked = [];
    refused = [];
    closed = 0;
    answer = { active: true, aud: 'mlflow', sub: 'robot', tenant_id: 'vision', roles: ['viewer'] };
  });

  it('are for the one issuer with introspection, and cached for its time', async () => {
    open = createIssuers(withOne(), parts(more()));
    const principal = await bearer(open, 'opaque');
    expect(principal).toMatchObject({ issuer: machines.issuer, subject: 'robot' });
    expect(open.identify(headers('opaque'))).toBe(principal);
    now += 60;
    await bearer(open, 'opaque');
    expect(asked).toEqual(['opaque', 'opaque']);
    expect(await messageOf(open, 'other')).toBe('The token is not active');
    open.close();
    expect(closed).toBe(1);
  });

  it('are not asked about if they have the form of a JWT', async () => {
    open = createIssuers(withOne(), parts(more()));
    for (const token of ['a.b.c', await sign(ofPeople, { ...CLAIMS, iss: 'https://x.example' })])
      expect((await denied(() => bearer(open!, token))).reason).toBe('token_invalid');
    expect(asked).toEqual([]);
  });

  it.each<readonly [string, Record<string, unknown>, string]>([
    ['another issuer', { iss: 'https://x.example' }, 'token_invalid'],
    ['another audience', { aud: ['other'] }, 'token_invalid'],
    ['no audience', { aud: undefined }, 'token_invalid'],
    ['an end in the past', { exp: NOW - 31 }, 'token_expired'],
    ['an end that is no time', { exp: 'never' }, 'token_invalid'],
    ['a beginning in the future', { nbf: NOW + 31 }, 'token_invalid'],
    ['no subject', { sub: undefined }, 'subject_invalid'],
    ['no tenant', { tenant_id: undefined }, 'tenant_claim_missing'],
  ])('are refused with %s', async (_name, change, reason) => {
    answer = { ...answer, ...change };
    open = createIssuers(withOne(), parts(more()));
    expect((await denied(() => bearer(open!, 'opaque'))).reason).toBe(reason);
    expect(refused).toEqual(['opaque']);
    expect(open.tokens().size).toBe(0);
  });

  it('are not asked about any more if another issuer cannot be opened', () => {
    const cluster = config(people, { issuer: undefined, keys: { from: 'cluster' } });
    const clusterKeys = (): never => {
      throw new Error('this process does not run in a cluster');
    };
    expect(() => createIssuers([...withOne(), cluster], parts({ ...more(), clusterKeys }))).toThrow(
      'does not run in a cluster',
    );
    expect(closed).toBe(1);
  });

  it('end with the token, before the time of the cache', async () => {
    answer = { ...answer, exp: NOW + 10 };
    open = createIssuers(withOne(), parts(more()));
    await bearer(open, 'opaque');
    now += 10;
    await bearer(open, 'opaque');
    expect(asked).toHaveLength(2);
  });

  it('are the only ones of an issuer without keys, which is ready at once', async () => {
    open = createIssuers([config(machines, { keys: { from: 'none' }, introspection })], parts(more()));
    expect(open.ready()).toEqual({ ok: true });
    expect((await bearer(open, 'opaque')).subject).toBe('robot');
    expect(await messageOf(open, await tokenOf(machines))).toMatch(/^The gateway has no keys of this issuer/);
    expect(machines.requests).toEqual([]);
    expect(() => createIssuers([config(machines, { keys: { from: 'none' } })], parts(more()))).toThrow(
      'keys: none needs introspection',
    );
  });

  it('are refused at start for service accounts, whose tokens must be bound', () => {
    const cluster = config(people, { issuer: undefined, keys: { from: 'cluster' }, introspection });
    const clusterKeys = (): ClusterKeys => ({ ...createNoKeys(), issuer: () => people.issuer });
    expect(() => createIssuers([cluster], parts({ ...more(), clusterKeys }))).toThrow(
      'introspection: not for service accounts of Kubernetes',
    );
  });

  it('are malformed where no issuer has introspection', async () => {
    open = createIssuers(both(), parts(more()));
    expect(await messageOf(open, 'opaque')).toBe('The token is not a well-formed JWT');
  });
});

it('reports values that several issuers must not share, and unavailable keys', () => {
  const introspection = { uri: 'https://x.example', clientId: 'g', clientSecretFile: '/s', cacheSeconds: 60 };
  const cluster = config(people, { issuer: undefined, keys: { from: 'cluster' } });
  const configs = [
    config(people, { introspection }),
    config(people, { introspection, platformAdmins: { claims: ['roles'], values: ['root', 'admin'] } }),
    cluster,
    cluster,
  ];
  expect(() => createIssuers([], parts())).toThrow('issuers: at least one');
  expect(() => createIssuers(configs, parts())).toThrow(
    [
      'OIDC cannot be set up:',
      `  - issuers[0] (${people.issuer}): introspection: is not available`,
      `  - issuers[1] (${people.issuer}): platformAdmins: "admin" already means admin; give each value one role`,
      `  - issuers[1] (${people.issuer}): introspection: is not available`,
      '  - issuers[2] (the cluster): keys: this process does not run in a Kubernetes cluster (KUBERNETES_SERVICE_HOST names no address). Give the issuer by its URL, or its keys',
      '  - issuers[3] (the cluster): keys: this process does not run in a Kubernetes cluster (KUBERNETES_SERVICE_HOST names no address). Give the issuer by its URL, or its keys',
      `  - issuers: ${people.issuer} is there more than once`,
      '  - issuers: the cluster is there more than once',
      '  - introspection: only one issuer may have it, as an opaque token names no issuer',
    ].join('\n'),
  );
});
