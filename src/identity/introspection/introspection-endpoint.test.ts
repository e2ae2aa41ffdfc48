import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import { denied } from '../testing/identifier.ts';
import { IntrospectionEndpoint } from './introspection-endpoint.ts';

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

function create(): IntrospectionEndpoint {
  return new IntrospectionEndpoint({
    config: { uri, clientId: 'gate:way', clientSecretFile: join(dir, 'secret') },
    log: { warn: (message) => void log.push(message) },
    onResult: (result) => void results.push(result),
    monotonic: () => clock,
  });
}

const refusalOf = (tokens: IntrospectionEndpoint, token = 't') => denied(() => tokens.introspect(token));

test('an active token identifies its caller; the client authenticates with its encoded password', async () => {
  const tokens = create();
  expect((await tokens.introspect('opaque-1')).sub).toBe('alice');
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

test.each([
  ['an inactive token', { active: false }, 'token_inactive'],
  ['a token with a proof', { ...ACTIVE, token_type: 'DPoP' }, 'token_invalid'],
  ['a refresh token', { ...ACTIVE, token_type: 'Refresh' }, 'token_invalid'],
  ['a type that is no text', { ...ACTIVE, token_type: ['Bearer'] }, 'token_invalid'],
])('%s is refused, and the refusal is cached for 10 seconds', async (_, body, reason) => {
  answer = json(body);
  const tokens = create();
  const refusal = await refusalOf(tokens);
  expect(refusal.reason).toBe(reason);
  expect(refusal.headers['WWW-Authenticate']).toContain('error="invalid_token"');
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
  expect((await tokens.introspect('good')).sub).toBe('alice');
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
  expect((await tokens.introspect('b')).sub).toBe('alice');
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
  const callers = await Promise.all(['t', 't', 't'].map((token) => tokens.introspect(token)));
  expect(callers.map(({ sub }) => sub)).toEqual(['alice', 'alice', 'alice']);
  expect(asked).toHaveLength(1);
});

test('introspections in flight are limited', async () => {
  const waiting: ServerResponse[] = [];
  answer = (res) => void waiting.push(res);
  const tokens = create();
  const most = LIMITS.introspectionsAtOnce.value;
  const started = Array.from({ length: most }, (_, i) => tokens.introspect(`t${i}`));
  expect((await refusalOf(tokens, 'one-more')).reason).toBe('introspection_unavailable');
  await expect.poll(() => waiting).toHaveLength(most);
  for (const res of waiting) json(ACTIVE)(res, new URLSearchParams(), res.req);
  await Promise.all(started);
  answer = json(ACTIVE);
  expect((await tokens.introspect('one-more')).sub).toBe('alice');
});

test('the secret is read again for each introspection', async () => {
  const tokens = create();
  await tokens.introspect('a');
  await writeFile(join(dir, 'secret'), 'new');
  await tokens.introspect('b');
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
  await expect.poll(() => asked).toHaveLength(1);
  tokens.close();
  expect((await refusal).reason).toBe('introspection_unavailable');
});

test('an unacceptable response about a token is cached for 10 seconds', async () => {
  const tokens = create();
  await tokens.introspect('t');
  tokens.refuse('t', new DenialError('token_invalid', 'another audience'));
  expect((await refusalOf(tokens)).message).toBe('another audience');
  expect(asked).toHaveLength(1);
  clock += 10_001;
  await tokens.introspect('t');
  expect(asked).toHaveLength(2);
});
