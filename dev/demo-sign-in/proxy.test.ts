import { createServer } from 'node:http';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoIdp, startDemoIdp } from '../demo-idp.ts';
import { fetcher } from '../http.ts';
import { type Loopback, listenOnLoopback } from '../loopback.ts';
import { PlainBrowser, signInAs } from './browse.ts';
import { challengeOf } from './codes.ts';
import { type DemoSignIn, startDemoSignIn } from './proxy.ts';

/** In place of the gateway: returns what it received. */
const echo = createServer(async (req, res) => {
  let body = '';
  for await (const chunk of req) body += chunk;
  res.setHeader('content-type', 'application/json');
  res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body }));
});

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let idp: DemoIdp;
let gateway: Loopback;
let signIn: DemoSignIn;
beforeAll(async () => {
  idp = await startDemoIdp();
  gateway = await listenOnLoopback(echo);
  signIn = await startDemoSignIn({ idp, gateway: gateway.address });
});
afterAll(async () => {
  await signIn.stop();
  await gateway.stop();
  await idp.stop();
});

const subjectOf = ({ headers }: Received): unknown =>
  decodeJwt(headers.authorization!.slice('Bearer '.length)).sub;
const received = async (answer: Response): Promise<Received> => (await answer.json()) as Received;

describe('a person', () => {
  test('signs in, and returns to the page that was opened, with a token', async () => {
    const browser = new PlainBrowser();
    const page = await received(await signInAs(browser, `${signIn.address}/models?name=a`, 'carol'));
    expect(browser.url).toBe(`${signIn.address}/models?name=a`);
    expect(page.url).toBe('/models?name=a');
    expect(subjectOf(page)).toBe('carol');
    const post = await received(await browser.fetch('/ajax-api/x', { method: 'POST', body: 'text' }));
    expect(post).toMatchObject({ method: 'POST', url: '/ajax-api/x', body: 'text' });
    expect(post.headers).toMatchObject({ origin: signIn.address, host: new URL(signIn.address).host });
  });

  test('signs out and becomes another person', async () => {
    const browser = new PlainBrowser();
    await signInAs(browser, signIn.address, 'alice-viewer');
    const session = await browser.open(`${signIn.address}/demo`);
    expect(await session.text()).toContain('You are alice-viewer');
    const people = await browser.submit('/demo/sign-out', {});
    expect(await people.text()).toContain('Who are you?');
    expect(browser.url).toContain(`${idp.issuer}/authorize?`);
    expect(subjectOf(await received(await signInAs(browser, signIn.address, 'bob-admin')))).toBe('bob-admin');
  });

  test('is recognised by a cookie that scripts cannot read and other sites do not send', async () => {
    const answer = await fetcher(signIn.address)('/', { headers: { accept: 'text/html' } });
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^mlflow-demo-state=[\w-]{43}; Path=\/demo; Max-Age=600; HttpOnly; SameSite=Strict$/,
      ),
    ]);
  });
});

describe('the gateway', () => {
  test('receives neither the cookies of the demo nor a token of the browser', async () => {
    const browser = new PlainBrowser();
    await signInAs(browser, signIn.address, 'alice-admin');
    const answer = await browser.fetch('/x', { headers: { authorization: 'Bearer mine' } });
    const { headers } = await received(answer);
    expect(headers.cookie).toBeUndefined();
    expect(headers.authorization).not.toContain('mine');
  });
});

describe('without a session', () => {
  test.each([
    ['a request of a page', { accept: '*/*' }],
    ['a request of a frame', { accept: 'text/html', 'sec-fetch-dest': 'iframe' }],
    ['a token', { authorization: 'Bearer x' }],
    ['an unknown session', { cookie: 'mlflow-demo-session=x' }],
  ])('%s does not reach the gateway', async (_, headers) => {
    const answer = await fetcher(signIn.address)('/ajax-api/x', { headers });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error_code: 'UNAUTHENTICATED' });
  });

  test.each([['//example.org/x'], ['/.//example.org/x'], ['/\\example.org']])(
    'a browser that opened %s returns to the demo’s own address',
    async (path) => {
      const ask = fetcher(signIn.address);
      const begun = await ask(path, { headers: { accept: 'text/html' } });
      const query = new URL(begun.headers.get('location')!).searchParams;
      const chosen = await fetch(`${idp.issuer}/authorize`, {
        method: 'POST',
        body: new URLSearchParams([...query, ['user', 'carol']]),
        redirect: 'manual',
      });
      const callback = new URL(chosen.headers.get('location')!);
      const cookie = begun.headers.getSetCookie()[0]!.split(';')[0]!;
      const arrived = await ask(callback.pathname + callback.search, { headers: { cookie } });
      expect(arrived.status).toBe(303);
      expect(new URL(arrived.headers.get('location')!).origin).toBe(signIn.address);
    },
  );
});

describe('another page', () => {
  test('cannot sign a person out', async () => {
    const browser = new PlainBrowser();
    await signInAs(browser, signIn.address, 'carol');
    for (const origin of ['http://127.0.0.1:1', 'null', 'https://example.org']) {
      const answer = await browser.fetch('/demo/sign-out', { method: 'POST', headers: { origin } });
      expect(answer.status).toBe(403);
    }
    expect(subjectOf(await received(await browser.fetch('/x')))).toBe('carol');
  });

  test('cannot sign a person in as somebody else', async () => {
    const attacker = await fetcher(signIn.address)('/', { headers: { accept: 'text/html' } });
    const query = new URL(attacker.headers.get('location')!).searchParams;
    const chosen = await fetch(`${idp.issuer}/authorize`, {
      method: 'POST',
      body: new URLSearchParams([...query, ['user', 'bob-admin']]),
      redirect: 'manual',
    });
    const victim = new PlainBrowser();
    const answer = await victim.open(chosen.headers.get('location')!);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('of another browser');
  });

  test('gets no page at a name of its own', async () => {
    const ask = fetcher(signIn.address);
    const read = await ask('/demo', { headers: { host: 'rebound.example.org', accept: 'text/html' } });
    expect([read.status, read.headers.get('location')]).toEqual([303, `${signIn.address}/`]);
    const write = await ask('/demo/sign-out', { method: 'POST', headers: { host: 'localhost' } });
    expect(write.status).toBe(421);
  });
});

describe('the provider', () => {
  const request = {
    client_id: 'demo-sign-in',
    response_type: 'code',
    code_challenge: challengeOf('verifier'),
    code_challenge_method: 'S256',
  };
  test.each([
    ['of an unknown client', { client_id: 'other' }],
    ['for another redirect_uri', { redirect_uri: 'http://127.0.0.1:1/demo/callback' }],
    ['without PKCE', { code_challenge_method: 'plain' }],
    ['for a token', { response_type: 'token' }],
  ])('redirects no request %s', async (_, change) => {
    const query = { ...request, redirect_uri: `${signIn.address}/demo/callback`, ...change, user: 'carol' };
    for (const init of [{}, { method: 'POST', body: new URLSearchParams(query) }]) {
      const url = `${idp.issuer}/authorize${'body' in init ? '' : `?${new URLSearchParams(query)}`}`;
      expect((await fetch(url, { ...init, redirect: 'manual' })).status).toBe(400);
    }
  });
});
