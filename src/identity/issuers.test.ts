import { CompactSign } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRoles } from '../rbac/roles.ts';
import type { Identifier, Principal } from './principal.ts';
import {
  bearer,
  CLAIMS,
  denied,
  ISSUER,
  inlineIdentifier,
  NOW,
  type ShortOptions,
  shortIdentifier,
} from './testing/identifier.ts';
import {
  createSigner,
  encode,
  forge,
  json,
  type Provider,
  type Signer,
  sign,
  startProvider,
} from './testing/provider.ts';

let signer: Signer;
let stranger: Signer;
let identifier: Identifier;

beforeAll(async () => {
  signer = await createSigner('k1');
  stranger = await createSigner('k1');
  identifier = inlineIdentifier([signer]);
});

const CHALLENGE = 'Bearer realm="mlflow-gateway", error="invalid_token", error_description=';

async function refused(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
  by = identifier,
) {
  const denial = await denied(async () => bearer(by, await sign(signer, { ...CLAIMS, ...claims }, header)));
  expect(denial.headers['WWW-Authenticate']).toContain(CHALLENGE);
  return { reason: denial.reason, message: denial.message };
}

async function accepted(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
  by = identifier,
) {
  return bearer(by, await sign(signer, { ...CLAIMS, ...claims }, header));
}

describe('an accepted token', () => {
  it('becomes a principal', async () => {
    expect(await accepted({})).toEqual({
      subject: 'alice',
      issuer: ISSUER,
      grants: new Map([['team-a', { tenant: 'team-a', roles: ['contributor'] }]]),
      platformAdmin: false,
    });
    expect(identifier.ready()).toEqual({ ok: true });
  });

  it.each([
    ['a lower-case scheme', 'bearer'],
    ['an upper-case scheme', 'BEARER'],
  ])('may come with %s', async (_name, scheme) => {
    const authorization = `${scheme} ${await sign(signer, CLAIMS)}`;
    const principal = await identifier.identify({ authorization, tenant: undefined, subject: undefined });
    expect(principal.subject).toBe('alice');
  });

  it.each([undefined, 'JWT', 'jwt', 'at+jwt', 'application/at+jwt', 'application/JWT'])(
    'may have typ %s',
    async (typ) => {
      expect((await accepted({}, { typ })).subject).toBe('alice');
    },
  );

  it('may have several audiences, one of them ours', async () => {
    expect((await accepted({ aud: ['other', 'mlflow'] })).subject).toBe('alice');
    const several = inlineIdentifier([signer], { audience: ['a', 'mlflow'] });
    expect((await accepted({}, {}, several)).subject).toBe('alice');
  });

  it('may lack iat and nbf, and kid when there is one key', async () => {
    expect((await accepted({ iat: undefined }, { kid: undefined })).subject).toBe('alice');
  });

  it.each(['PS256', 'ES256', 'EdDSA'])('may be signed with %s when that is configured', async (alg) => {
    const other = await createSigner('k2', alg);
    const by = inlineIdentifier([other, signer], { algorithms: [alg] });
    expect((await bearer(by, await sign(other, CLAIMS))).subject).toBe('alice');
    expect((await refused({}, {}, by)).message).toBe(`The token is not signed with ${alg}`);
  });
});

describe('no token', () => {
  it.each([undefined, '', 'Basic dXNlcjpwYXNz'])('%j', async (authorization) => {
    const denial = await denied(() =>
      identifier.identify({ authorization, tenant: undefined, subject: undefined }),
    );
    expect(denial.reason).toBe('token_missing');
    expect(denial.headers).toEqual({ 'WWW-Authenticate': 'Bearer realm="mlflow-gateway"' });
  });
});

describe('X-Tenant', () => {
  it.each(['team-a', '', ' '])('%j is refused before the token is read', async (tenant) => {
    for (const authorization of [undefined, `Bearer ${await sign(signer, CLAIMS)}`]) {
      const denial = await denied(() => identifier.identify({ authorization, tenant, subject: undefined }));
      expect(denial.reason).toBe('tenant_header_forbidden');
    }
  });
});

describe('X-Subject', () => {
  it('changes nothing', async () => {
    const authorization = `Bearer ${await sign(signer, CLAIMS)}`;
    const principal = await identifier.identify({ authorization, tenant: undefined, subject: 'root' });
    expect(principal.subject).toBe('alice');
  });
});

describe('issuer and audience', () => {
  it.each([`${ISSUER}/`, 'https://evil.example', '', undefined, [ISSUER]])(
    'refuses the issuer %j',
    async (iss) => {
      expect(await refused({ iss })).toEqual({
        reason: 'token_invalid',
        message: 'The token is from another issuer',
      });
    },
  );

  it.each(['other', 'mlflow2', '', undefined, [], ['other'], [['mlflow']], { mlflow: true }, 7])(
    'refuses the audience %j',
    async (aud) => {
      expect(await refused({ aud })).toEqual({
        reason: 'token_invalid',
        message: 'The token is for another audience',
      });
    },
  );
});

describe('times', () => {
  const at = (seconds: number, tolerance = 30) =>
    inlineIdentifier([signer], { now: () => (NOW + seconds) * 1000, clockToleranceSeconds: tolerance });

  it('refuses an expired token, beyond the clock tolerance', async () => {
    expect((await accepted({ exp: NOW }, {}, at(29))).subject).toBe('alice');
    expect(await refused({ exp: NOW }, {}, at(30))).toEqual({
      reason: 'token_expired',
      message: 'The token has expired',
    });
    expect((await refused({ exp: NOW }, {}, at(0, 0))).reason).toBe('token_expired');
    expect((await accepted({ exp: NOW }, {}, at(-1, 0))).subject).toBe('alice');
  });

  it.each([undefined, null, 'never', '1800000300', [NOW + 300]])('refuses exp %j', async (exp) => {
    expect(await refused({ exp })).toEqual({
      reason: 'token_invalid',
      message: 'The token has no usable exp',
    });
  });

  it('refuses an infinite exp', async () => {
    const body = `{"iss":"${ISSUER}","aud":"mlflow","sub":"a","tenant_id":"t","roles":[],"exp":1e999}`;
    const token = await new CompactSign(Buffer.from(body))
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .sign(signer.privateKey);
    expect((await denied(() => bearer(identifier, token))).message).toBe('The token has no usable exp');
  });

  it('refuses a token that is not valid yet, beyond the clock tolerance', async () => {
    expect((await accepted({ nbf: NOW + 30 })).subject).toBe('alice');
    expect(await refused({ nbf: NOW + 31 })).toEqual({
      reason: 'token_invalid',
      message: 'The token is not valid yet (nbf)',
    });
    expect((await refused({ nbf: 'now' })).reason).toBe('token_invalid');
  });

  it('refuses a token issued in the future, beyond the clock tolerance', async () => {
    expect((await accepted({ iat: NOW + 30 })).subject).toBe('alice');
    expect(await refused({ iat: NOW + 31 })).toEqual({
      reason: 'token_invalid',
      message: 'The token was issued in the future (iat)',
    });
    expect((await refused({ iat: 'now' })).message).toBe('The token has no usable iat');
  });
});

describe('signature and header', () => {
  it('refuses a signature by another key with the same kid', async () => {
    const token = await sign(stranger, CLAIMS);
    expect((await denied(() => bearer(identifier, token))).message).toBe(
      'The signature of the token is invalid',
    );
  });

  it('refuses a token with changed claims', async () => {
    const [header, , signature] = (await sign(signer, CLAIMS)).split('.');
    const claims = encode(JSON.stringify({ ...CLAIMS, tenant_id: 'team-b' }));
    const denial = await denied(() => bearer(identifier, `${header}.${claims}.${signature}`));
    expect(denial.message).toBe('The signature of the token is invalid');
  });

  it('refuses an unknown kid, and no kid when two keys fit', async () => {
    expect((await refused({}, { kid: 'k9' })).message).toBe(
      'The token is signed with a key that the issuer does not publish',
    );
    const two = inlineIdentifier([signer, await createSigner('k2')]);
    expect((await refused({}, { kid: undefined }, two)).message).toBe(
      'The token does not name its signing key (kid)',
    );
  });

  it.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'JWE', '', 7, null])('refuses typ %j', async (typ) => {
    expect((await refused({}, { typ })).message).toBe('The token has a type other than JWT or at+jwt');
  });
});

describe('tenant', () => {
  it.each([undefined, null, '', '  '])('refuses %j as missing', async (tenant_id) => {
    expect(await refused({ tenant_id })).toEqual({
      reason: 'tenant_claim_missing',
      message: 'Missing tenant claim: tenant_id',
    });
  });

  it.each([[['team-a']], [7], [{ id: 'team-a' }], ['a b'], ['../x'], [' team-a']])(
    'refuses %j',
    async (tenant_id) => {
      expect((await refused({ tenant_id })).reason).toBe('tenant_claim_invalid');
    },
  );

  it('can be nested', async () => {
    const nested = inlineIdentifier([signer], { tenantClaim: 'org.tenant' });
    expect([...(await accepted({ org: { tenant: 'team-n' } }, {}, nested)).grants.keys()]).toEqual([
      'team-n',
    ]);
    expect((await refused({ org: 'team-n' }, {}, nested)).reason).toBe('tenant_claim_missing');
    const pointer = inlineIdentifier([signer], { tenantClaim: '/https:~1~1acme.example~1tenant' });
    const principal = await accepted({ 'https://acme.example/tenant': 'team-p' }, {}, pointer);
    expect([...principal.grants.keys()]).toEqual(['team-p']);
  });

  it.each(['__proto__', 'constructor.name', '__proto__.constructor.name', 'toString.name'])(
    'is not found on the prototype: %s',
    async (tenantClaim) => {
      const odd = inlineIdentifier([signer], { tenantClaim });
      expect((await refused({}, {}, odd)).reason).toBe('tenant_claim_missing');
    },
  );
});

describe('subject', () => {
  it.each([undefined, '', 'a\nb', 'x'.repeat(256), 7, ['alice']])('refuses %j', async (sub) => {
    expect((await refused({ sub })).reason).toBe('subject_invalid');
  });

  it('can be another claim', async () => {
    const by = inlineIdentifier([signer], { subjectClaim: 'azp' });
    expect((await accepted({ azp: 'robot' }, {}, by)).subject).toBe('robot');
  });
});

describe('roles', () => {
  const grant = async (
    claims: Record<string, unknown>,
    more: Partial<ShortOptions> = {},
  ): Promise<Principal> => accepted({ roles: undefined, ...claims }, {}, inlineIdentifier([signer], more));
  const held = (principal: Principal) => principal.grants.get('team-a')?.roles;

  it('lists the roles of all claims and aliases, strongest first', async () => {
    const principal = await grant(
      { roles: 'viewer', realm_access: { roles: ['ml-admins'] } },
      { roleClaims: ['roles', 'realm_access.roles'], roles: createRoles({ adminAliases: ['ml-admins'] }) },
    );
    expect(held(principal)).toEqual(['admin', 'viewer']);
    expect(principal).not.toHaveProperty('roleProblem');
  });

  it('reports an object, as Zitadel sends roles, with the forms that the gateway accepts', async () => {
    const claims = { 'urn:zitadel:iam:org:project:roles': { admin: { '1234': 'acme.example' } } };
    const principal = await grant(claims, { roleClaims: ['urn:zitadel:iam:org:project:roles'] });
    expect(held(principal)).toEqual([]);
    expect(principal.roleProblem).toEqual({
      reason: 'role_unrecognized',
      message:
        'No recognized roles found in claim(s): urn:zitadel:iam:org:project:roles. An object was received: send a list of role names, or text.',
    });
  });

  it('reports missing claims', async () => {
    const principal = await grant({}, { roleClaims: ['roles', 'groups'] });
    expect(held(principal)).toEqual([]);
    expect(principal.roleProblem).toEqual({
      reason: 'role_missing',
      message: 'Missing role claim(s): roles, groups',
    });
  });

  it.each([[[]], [['stranger']], ['stranger'], [7], [['Admin']], [['platform-admin']]])(
    'reports %j as no recognized role',
    async (roles) => {
      const principal = await grant({ roles });
      expect(held(principal)).toEqual([]);
      expect(principal.roleProblem).toEqual({
        reason: 'role_unrecognized',
        message: 'No recognized roles found in claim(s): roles',
      });
    },
  );

  it('recognizes a platform-admin by alias, with or without another role', async () => {
    const principal = await grant({ roles: ['mlops-root'] });
    expect(principal.platformAdmin).toBe(true);
    expect(principal).not.toHaveProperty('roleProblem');
    expect((await grant({ roles: ['admin'] })).platformAdmin).toBe(false);
  });
});

describe('the cache', () => {
  const headers = (token: string) => ({
    authorization: `Bearer ${token}`,
    tenant: undefined,
    subject: undefined,
  });

  it('returns the same principal without a promise', async () => {
    const token = await sign(signer, CLAIMS);
    const by = inlineIdentifier([signer]);
    const once = by.identify(headers(token));
    expect(once).toBeInstanceOf(Promise);
    expect(by.identify(headers(token))).toBeInstanceOf(Promise);
    const principal = await once;
    expect(by.identify(headers(token))).toBe(principal);
    expect(Object.isFrozen(principal)).toBe(true);
  });

  it('checks exp on every hit', async () => {
    let now = NOW;
    const by = inlineIdentifier([signer], { now: () => now * 1000, clockToleranceSeconds: 0 });
    const token = await sign(signer, { ...CLAIMS, exp: NOW + 60 });
    await by.identify(headers(token));
    now = NOW + 59;
    expect(by.identify(headers(token))).not.toBeInstanceOf(Promise);
    now = NOW + 60;
    expect((await denied(() => by.identify(headers(token)))).reason).toBe('token_expired');
  });

  it('still refuses X-Tenant', async () => {
    const token = await sign(signer, CLAIMS);
    await identifier.identify(headers(token));
    const denial = await denied(() => identifier.identify({ ...headers(token), tenant: 'team-b' }));
    expect(denial.reason).toBe('tenant_header_forbidden');
  });

  it('caches no refusal: a token is accepted once its nbf has passed', async () => {
    let now = NOW;
    const by = inlineIdentifier([signer], { now: () => now * 1000 });
    const token = await sign(signer, { ...CLAIMS, nbf: NOW + 100 });
    expect((await denied(() => by.identify(headers(token)))).reason).toBe('token_invalid');
    now = NOW + 100;
    expect((await by.identify(headers(token))).subject).toBe('alice');
  });
});

describe('with a provider', () => {
  let provider: Provider;
  let by: Identifier | undefined;

  beforeAll(async () => {
    provider = await startProvider([]);
  });
  afterEach(() => by?.close());
  afterAll(() => provider.stop());

  const connect = (more: Partial<ShortOptions> = {}): Identifier => {
    provider.keys = [signer.jwk];
    provider.requests.length = 0;
    by = shortIdentifier({
      issuer: provider.issuer,
      audience: ['mlflow'],
      tenantClaim: 'tenant_id',
      roleClaims: ['roles'],
      roles: createRoles(),
      now: () => NOW * 1000,
      ...more,
    });
    return by;
  };
  const claims = () => ({ ...CLAIMS, iss: provider.issuer });

  it('finds its keys by discovery', async () => {
    const gateway = connect();
    expect(gateway.ready().ok).toBe(false);
    expect((await bearer(gateway, await sign(signer, claims()))).issuer).toBe(provider.issuer);
    expect(gateway.ready()).toEqual({ ok: true });
  });

  it('answers 503 with Retry-After without keys, but 401 for a token that needs no key to be refused', async () => {
    provider.routes.set('/jwks', (_req, res) => res.writeHead(500).end());
    const gateway = connect();
    const denial = await denied(async () => bearer(gateway, await sign(signer, claims())));
    expect(denial.reason).toBe('keys_unavailable');
    expect(denial.headers['Retry-After']).toMatch(/^[1-9]\d*$/);
    expect((await denied(() => bearer(gateway, 'rubbish'))).reason).toBe('token_invalid');
    provider.routes.set(
      '/jwks',
      json(() => ({ keys: provider.keys })),
    );
  });

  it('follows a key rotation and drops cached tokens of a withdrawn key', async () => {
    let clock = 0;
    const gateway = connect({ keys: { monotonic: () => clock } });
    const old = await sign(signer, claims());
    await bearer(gateway, old);
    const next = await createSigner('k2');
    provider.keys = [signer.jwk, next.jwk];
    clock += 31_000;
    expect((await bearer(gateway, await sign(next, claims()))).subject).toBe('alice');
    expect((await bearer(gateway, old)).subject).toBe('alice');

    provider.keys = [next.jwk];
    clock += 31_000;
    await denied(async () => bearer(gateway, await sign(signer, claims(), { kid: 'k3' })));
    expect((await denied(() => bearer(gateway, old))).message).toBe(
      'The token is signed with a key that the issuer does not publish',
    );
  });

  it('does not fetch keys for a token of another issuer or algorithm', async () => {
    let clock = 0;
    const gateway = connect({ keys: { monotonic: () => clock } });
    await bearer(gateway, await sign(signer, claims()));
    const before = provider.requests.length;
    clock += 31_000;
    const foreign = { ...claims(), iss: 'https://other.example' };
    await denied(async () => bearer(gateway, await sign(signer, foreign, { kid: 'unknown' })));
    await denied(() => bearer(gateway, forge({ alg: 'none', kid: 'unknown' }, claims())));
    await denied(() => bearer(gateway, 'a.b.c'));
    expect(provider.requests.length).toBe(before);
  });

  it('keeps accepting cached and new tokens while the provider is down', async () => {
    let clock = 0;
    const gateway = connect({ keys: { monotonic: () => clock } });
    await bearer(gateway, await sign(signer, claims()));
    provider.routes.set('/jwks', (_req, res) => void res.destroy());
    clock += 3_600_000;
    await denied(async () => bearer(gateway, await sign(signer, claims(), { kid: 'unknown' })));
    expect((await bearer(gateway, await sign(signer, { ...claims(), sub: 'bob' }))).subject).toBe('bob');
    provider.routes.set(
      '/jwks',
      json(() => ({ keys: provider.keys })),
    );
  });
});

describe('options', () => {
  const base = {
    issuer: ISSUER,
    audience: ['mlflow'],
    tenantClaim: 't',
    roleClaims: ['r'],
    roles: createRoles(),
  };

  it.each(['none', 'None', 'HS256', 'HS512', 'dir', '', 'rs256', 'RSA-OAEP'])(
    'refuses the algorithm %j',
    (alg) => {
      expect(() =>
        shortIdentifier({ ...base, jwks: { keys: [signer.jwk] }, algorithms: ['RS256', alg] }),
      ).toThrow(`algorithms: ${JSON.stringify(alg)} is refused; asymmetric signatures only`);
    },
  );

  it('reports all problems together', () => {
    expect(() =>
      shortIdentifier({
        ...base,
        issuer: '',
        audience: [],
        algorithms: [],
        jwksUri: 'file:///keys',
        tenantClaim: '/~',
        clockToleranceSeconds: -1,
        tokenCacheSize: Number.NaN,
        tokenCacheSeconds: 1e9,
      }),
    ).toThrow(
      [
        'OIDC cannot be set up:',
        '  - issuer: must not be blank',
        '  - audience: at least one, none blank',
        '  - keys: an http(s) URL without user, password, fragment',
        '  - algorithms: at least one',
        '  - clockToleranceSeconds: 0 to 600',
        '  - grants[0].tenantClaim: "/~" is not a JSON Pointer: ~ must be written ~0, and / inside a name ~1.',
        '  - tokenCacheSize: 0 to 1000000',
        '  - tokenCacheSeconds: 0 to 3600',
      ].join('\n'),
    );
  });

  it.each(['accounts.example', 'https://idp.example?x=1', 'https://u:p@idp.example'])(
    'refuses %j as an issuer for discovery',
    (issuer) => {
      expect(() => shortIdentifier({ ...base, issuer })).toThrow('issuer: discovery needs an http(s) URL');
    },
  );

  it('accepts any issuer if the keys are given', async () => {
    const by = shortIdentifier({
      ...base,
      issuer: 'accounts.example',
      tenantClaim: 'tenant_id',
      jwks: { keys: [signer.jwk] },
      now: () => NOW * 1000,
    });
    expect((await accepted({ iss: 'accounts.example' }, {}, by)).issuer).toBe('accounts.example');
  });

  it('refuses unusable inline keys', () => {
    expect(() => shortIdentifier({ ...base, jwks: { keys: [] } })).toThrow(
      'keys: The inline JWK Set holds no',
    );
  });
});
