import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_AUDIENCE, type DemoIdp, startDemoIdp } from './demo-idp.ts';

let idp: DemoIdp;
beforeAll(async () => {
  idp = await startDemoIdp();
});
afterAll(() => idp.stop());

const verify = (token: string) =>
  jwtVerify(token, createLocalJWKSet(idp.jwks()), { issuer: idp.issuer, audience: DEMO_AUDIENCE });

test('discovery names the keys, which verify a token', async () => {
  const discovered = (await (await fetch(`${idp.issuer}/.well-known/openid-configuration`)).json()) as {
    issuer: string;
    jwks_uri: string;
  };
  expect(discovered.issuer).toBe(idp.issuer);
  const keys = createRemoteJWKSet(new URL(discovered.jwks_uri));
  const { payload } = await jwtVerify(await idp.token('bob-contributor'), keys, { issuer: idp.issuer });
  expect(payload).toMatchObject({ sub: 'bob-contributor', tenant_id: 'team-b', roles: ['contributor'] });
  expect(idp.requests()).toEqual({ discovery: 1, jwks: 1 });
});

test('the demo-token page returns only the token, and lists the users for an unknown one', async () => {
  const page = await fetch(`${idp.issuer}/demo-token?user=alice-admin`);
  expect((await verify((await page.text()).trim())).payload).toMatchObject({
    tenant_id: 'team-a',
    roles: ['admin'],
  });
  const unknown = await fetch(`${idp.issuer}/demo-token?user=mallory`);
  expect(unknown.status).toBe(400);
  expect(await unknown.text()).toContain('alice-viewer');
});

test('issues a token for client_credentials, by form and by Basic', async () => {
  const post = (body: Record<string, string>, headers = {}) =>
    fetch(`${idp.issuer}/token`, { method: 'POST', body: new URLSearchParams(body), headers });
  const form = await post({
    grant_type: 'client_credentials',
    client_id: 'alice-viewer',
    client_secret: 'x',
  });
  const basic = await post(
    { grant_type: 'client_credentials' },
    { authorization: `Basic ${Buffer.from('alice-viewer:x').toString('base64')}` },
  );
  for (const response of [form, basic]) {
    const { access_token } = (await response.json()) as { access_token: string };
    expect((await verify(access_token)).payload.sub).toBe('alice-viewer');
  }
  expect((await post({ grant_type: 'password', client_id: 'alice-viewer' })).status).toBe(400);
});

test('replaces and removes claims, and issues expired tokens', async () => {
  const { payload } = await verify(await idp.token({ sub: 'x', tenant_id: ['a', 'b'], nbf: undefined }));
  expect(payload).toMatchObject({ sub: 'x', tenant_id: ['a', 'b'] });
  expect(payload).not.toHaveProperty('nbf');
  await expect(verify(await idp.token('bob-viewer', { expiresIn: -5 }))).rejects.toThrow(/"exp"/);
});

test('rotation continues to serve the old key unless keepOld is false', async () => {
  const old = await idp.token('bob-viewer');
  await idp.rotate();
  await verify(old);
  await verify(await idp.token('bob-viewer'));
  await idp.rotate({ keepOld: false });
  await expect(verify(old)).rejects.toThrow(/no applicable key/);
  expect(idp.jwks().keys).toHaveLength(1);
  expect(JSON.stringify(idp.jwks())).not.toMatch(/"(d|p|q)":/);
});
