import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWTPayload } from 'jose';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import type { Principal } from '../principal.ts';
import { denied } from '../testing/identifier.ts';
import { isOpaque } from './is-opaque.ts';
import { OpaqueTokens, type OpaqueTokensOptions } from './opaque-tokens.ts';

const ISSUER = 'https://idp.example';
const NOW = 1_800_000_000;

const ACTIVE = {
  active: true,
  iss: ISSUER,
  aud: ['other', 'mlflow'],
  sub: 'alice',
  exp: NOW + 3_600,
  iat: NOW - 10,
  token_type: 'Bearer',
};

type Answer = (res: ServerResponse, body: URLSearchParams, req: IncomingMessage) => void;

let dir: string;
let uri: string;
let asked: { token: string | null; hint: string | null; authorization: string | undefined; method: string }[];
let answer: Answer;
let clock: number;
let close: () => Promise<void>;
const results: string[] = [];
const log: string[] = [];

const json =
  (body: unknown): Answer =>
  (res) => {
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (res) => {
    res.writeHead(code, headers).end();
  };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'introspection-'));
  await writeFile(join(dir, 'secret'), 's3:cr%t\n');
  asked = [];
  results.length = 0;
  log.length = 0;
  answer = json(ACTIVE);
  clock = NOW * 1_000;
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const body = new URLSearchParams(Buffer.concat(chunks).toString());
    asked.push({
      token: body.get('token'),
      hint: body.get('token_type_hint'),
      authorization: req.headers.authorization,
      method: req.method!,
    });
    answer(res, body, req);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});

afterEach(async () => {
  await close();
  await rm(dir, { recursive: true });
});

function principal(claims: JWTPayload): Principal {
  if (claims.sub === 'nobody') throw new DenialError('tenant_claim_missing', 'no tenant');
  return {
    subject: String(claims.sub),
    issuer: ISSUER,
    grants: new Map([['team-a', { tenant: 'team-a', roles: ['viewer'] }]]),
    platformAdmin: false,
  };
}

function create(more: Partial<OpaqueTokensOptions> = {}): OpaqueTokens {
  return new OpaqueTokens({
    expected: { issuer: ISSUER, audience: ['mlflow'], clockToleranceSeconds: 30 },
    config: { uri, clientId: 'gate:way', clientSecretFile: join(dir, 'secret'), cacheSeconds: 60 },
    principal,
    cacheSize: 10,
    log: { warn: (message) => void log.push(message) },
    onResult: (result) => void results.push(result),
    now: () => clock,
    monotonic: () => clock,
    ...more,
  });
}

const refusalOf = (tokens: OpaqueTokens, token = 't') => denied(async () => tokens.identify(token));

test('an active token identifies its caller; the client authenticates with its encoded password', async () => {
  const tokens = create();
  expect((await tokens.identify('opaque-1')).subject).toBe('alice');
  expect(asked).toEqual([
    {
      token: 'opaque-1',
      hint: 'access_token',
      authorization: `Basic ${Buffer.from('gate%3Away:s3%3Acr%25t').toString('base64')}`,
      method: 'POST',
    },
  ]);
  expect(results).toEqual(['active']);
});

test('a positive answer is cached for cacheSeconds', async () => {
  const tokens = create();
  await tokens.identify('t');
  clock += 59_000;
  await tokens.identify('t');
  expect(asked).toHaveLength(1);
  clock += 2_000;
  await tokens.identify('t');
  expect(asked).toHaveLength(2);
});

test('a positive answer is cached until exp at most', async () => {
  answer = json({ ...ACTIVE, exp: NOW + 20 });
  const tokens = create();
  await tokens.identify('t');
  answer = json({ active: false });
  clock += 19_000;
  await tokens.identify('t');
  clock += 2_000;
  expect((await refusalOf(tokens)).reason).toBe('token_inactive');
});

test('a positive answer is dropped when the generation changes', async () => {
  let generation = 1;
  const tokens = create({ generation: () => generation });
  await tokens.identify('t');
  generation++;
  await tokens.identify('t');
  expect(asked).toHaveLength(2);
});

test.each([
  ['an inactive token', { active: false }, 'token_inactive', 401],
  ['another issuer', { ...ACTIVE, iss: 'https://other.example' }, 'token_invalid', 401],
  ['no issuer', { ...ACTIVE, iss: undefined }, 'token_invalid', 401],
  ['another audience', { ...ACTIVE, aud: 'other' }, 'token_invalid', 401],
  ['no audience', { ...ACTIVE, aud: undefined }, 'token_invalid', 401],
  ['no expiry', { ...ACTIVE, exp: undefined }, 'token_invalid', 401],
  ['an expiry that never comes', { ...ACTIVE, exp: '2100-01-01' }, 'token_invalid', 401],
  ['a passed expiry', { ...ACTIVE, exp: NOW - 31 }, 'token_expired', 401],
  ['a token of tomorrow', { ...ACTIVE, nbf: NOW + 100 }, 'token_invalid', 401],
  ['a token from the future', { ...ACTIVE, iat: NOW + 100 }, 'token_invalid', 401],
  ['a token of another type', { ...ACTIVE, token_type: 'DPoP' }, 'token_invalid', 401],
  ['a caller without a tenant', { ...ACTIVE, sub: 'nobody' }, 'tenant_claim_missing', undefined],
])('%s is refused, and the refusal is cached for 10 seconds', async (_, body, reason, code) => {
  answer = json(body);
  const tokens = create();
  const refusal = await refusalOf(tokens);
  expect(refusal.reason).toBe(reason);
  if (code === 401) expect(refusal.headers['WWW-Authenticate']).toContain('error="invalid_token"');
  expect((await refusalOf(tokens)).reason).toBe(reason);
  expect(asked).toHaveLength(1);
  expect(results).toEqual(['refused']);
  clock += 10_001;
  await refusalOf(tokens);
  expect(asked).toHaveLength(2);
});

test.each<[string, Answer]>([
  ['active is a text', json({ ...ACTIVE, active: 'true' })],
  ['active is missing', json({ ...ACTIVE, active: undefined })],
  ['no JSON', (res) => void res.end('<html>')],
  ['a list', json([ACTIVE])],
  [
    'too much',
    (res) => void res.end(JSON.stringify({ ...ACTIVE, x: 'x'.repeat(LIMITS.introspectionBytes.value) })),
  ],
  ['400', status(400)],
  ['500', status(500)],
])('an answer about one token that is unusable (%s) stops no other token', async (_, bad) => {
  answer = (res, body, req) =>
    body.get('token') === 'bad' ? bad(res, body, req) : json(ACTIVE)(res, body, req);
  const tokens = create();
  const refusal = await refusalOf(tokens, 'bad');
  expect(refusal.reason).toBe('introspection_unavailable');
  expect(refusal.headers['Retry-After']).toBe('1');
  expect((await tokens.identify('good')).subject).toBe('alice');
  expect(results).toEqual(['failed', 'active']);
});

test.each<[string, Answer]>([
  ['401', status(401)],
  ['429', status(429)],
  ['503', status(503)],
  ['a redirect', status(302, { location: 'http://127.0.0.1:1/' })],
  ['a closed connection', (res) => void res.destroy()],
])('an endpoint that fails (%s) is not asked during the pause, which doubles', async (_, bad) => {
  answer = bad;
  const tokens = create();
  expect((await refusalOf(tokens, 'a')).reason).toBe('introspection_unavailable');
  expect((await refusalOf(tokens, 'b')).headers['Retry-After']).toBe('1');
  expect(asked).toHaveLength(1);
  clock += 1_001;
  await refusalOf(tokens, 'b');
  expect(asked).toHaveLength(2);
  expect((await refusalOf(tokens, 'b')).headers['Retry-After']).toBe('2');
  clock += 2_001;
  answer = json(ACTIVE);
  expect((await tokens.identify('b')).subject).toBe('alice');
  // The next failure begins with a second again.
  answer = bad;
  await refusalOf(tokens, 'c');
  expect((await refusalOf(tokens, 'c')).headers['Retry-After']).toBe('1');
});

test('an endpoint may ask for a longer pause, of a minute at most', async () => {
  answer = status(503, { 'retry-after': '3600' });
  const tokens = create();
  const seconds = Number((await refusalOf(tokens, 'a')).headers['Retry-After']);
  expect(seconds).toBeGreaterThan(40);
  expect(seconds).toBeLessThanOrEqual(60);
});

test('a redirect gets neither the token nor the secret', async () => {
  const stolen: string[] = [];
  const thief = createServer((req, res) => {
    stolen.push(req.headers.authorization ?? '');
    res.end(JSON.stringify(ACTIVE));
  });
  await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve));
  answer = status(307, { location: `http://127.0.0.1:${(thief.address() as AddressInfo).port}/` });
  const refusal = await refusalOf(create());
  thief.closeAllConnections();
  await new Promise((resolve) => thief.close(resolve));
  expect(refusal.reason).toBe('introspection_unavailable');
  expect(stolen).toEqual([]);
  expect(log[0]).toContain('redirects (307): configure the final address');
});

test('requests with one token share one introspection', async () => {
  const tokens = create();
  const callers = await Promise.all(['t', 't', 't'].map((token) => tokens.identify(token)));
  expect(callers.map(({ subject }) => subject)).toEqual(['alice', 'alice', 'alice']);
  expect(asked).toHaveLength(1);
});

test('introspections in flight are limited', async () => {
  const waiting: ServerResponse[] = [];
  answer = (res) => void waiting.push(res);
  const tokens = create();
  const most = LIMITS.introspectionsAtOnce.value;
  const started = Array.from({ length: most }, (_, i) => tokens.identify(`t${i}`));
  expect((await refusalOf(tokens, 'one-more')).reason).toBe('introspection_unavailable');
  await vi.waitFor(() => expect(waiting).toHaveLength(most));
  for (const res of waiting) json(ACTIVE)(res, new URLSearchParams(), res.req);
  await Promise.all(started);
  answer = json(ACTIVE);
  expect((await tokens.identify('one-more')).subject).toBe('alice');
});

test('the secret is read again for each introspection', async () => {
  const tokens = create();
  await tokens.identify('a');
  await writeFile(join(dir, 'secret'), 'new');
  await tokens.identify('b');
  expect(asked[1]!.authorization).toBe(`Basic ${Buffer.from('gate%3Away:new').toString('base64')}`);
});

test('a missing secret refuses with 503, and the endpoint is not asked', async () => {
  await rm(join(dir, 'secret'));
  expect((await refusalOf(create())).reason).toBe('introspection_unavailable');
  expect(asked).toEqual([]);
  expect(log).toEqual([`introspection: ${uri}: the client's secret cannot be read: there is no such file`]);
});

test('failures of many tokens are one line of the log, without a token', async () => {
  answer = status(400);
  const tokens = create();
  for (const token of ['secret-token-1', 'secret-token-2', 'secret-token-3']) await refusalOf(tokens, token);
  expect(log).toEqual([`introspection: ${uri}: answered 400`]);
});

test('closing ends an introspection in flight', async () => {
  answer = () => {};
  const tokens = create();
  const refusal = refusalOf(tokens);
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  tokens.close();
  expect((await refusal).reason).toBe('introspection_unavailable');
});

test.each([
  ['eyJhbGciOiJSUzI1NiJ9.e30.c2ln', false],
  ['eyJhbGciOiJSUzI1NiJ9.not-json.x', false],
  ['opaque', true],
  ['two.dots.here', true],
  ['a.b.c.d.e', true],
  ['W10.e30.x', true], // [] is no header
])('%s is opaque: %s', (token, expected) => {
  expect(isOpaque(token)).toBe(expected);
});
