import { randomBytes } from 'node:crypto';
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createProxyServer } from 'httpxy';
import { decodeJwt } from 'jose';
import type { DemoIdp } from '../demo-idp.ts';
import { listenOnLoopback } from '../loopback.ts';
import { challengeOf } from './codes.ts';
import { Named } from './named.ts';
import { pagePolicy, problemPage, sessionPage } from './pages.ts';

const CLIENT = 'demo-sign-in';
const SESSION_COOKIE = 'mlflow-demo-session';
const STATE_COOKIE = 'mlflow-demo-state';
const STATE_SECONDS = 600;

export interface DemoSignInOptions {
  readonly idp: Pick<DemoIdp, 'issuer' | 'registerClient'>;
  /** The gateway's address, `http://127.0.0.1:port`. */
  readonly gateway: string;
  /** Default 0: a free one. */
  readonly port?: number;
}

export interface DemoSignIn {
  /** `http://127.0.0.1:port`, for a browser. */
  readonly address: string;
  stop(): Promise<void>;
}

interface Session {
  readonly user: string;
  readonly token: string;
}

interface Attempt {
  readonly verifier: string;
  /** A path of the gateway, where the browser wanted to go. */
  readonly to: string;
}

/**
 * Starts a proxy in front of the gateway that signs browsers in at the demo provider, by the authorization code flow with PKCE, and adds the person's token
 * to each request. It does for a demo what oauth2-proxy does in production (docs/sso.md), on 127.0.0.1 only. `/demo` shows who is signed in, with a
 * button to sign out.
 *
 * Sessions are in memory, under a random name in a cookie that scripts cannot read and other sites do not send. Other ports of 127.0.0.1 are the same
 * site for a browser, so signing out also needs the right `Origin`; MLflow's own requests are checked by the gateway, which sees `Host` and `Origin` unchanged.
 *
 * @example
 * const { address, stop } = await startDemoSignIn({ idp, gateway: gateway.address, port: 8080 });
 */
export async function startDemoSignIn({ idp, gateway, port = 0 }: DemoSignInOptions): Promise<DemoSignIn> {
  const sessions = new Named<Session>();
  const attempts = new Named<Attempt>();
  const agent = new Agent({ keepAlive: true });
  const proxy = createProxyServer({ target: gateway, agent });

  const show = (res: ServerResponse, status: number, html: string): void => {
    res.writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      // Signing out leads to the provider's page.
      'content-security-policy': pagePolicy(idp.issuer),
      'cache-control': 'no-store',
    });
    res.end(html);
  };

  const begin = (res: ServerResponse, to: string): void => {
    const verifier = randomBytes(32).toString('base64url');
    const state = attempts.add({ verifier, to }, STATE_SECONDS);
    const query = new URLSearchParams({
      client_id: CLIENT,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      state,
      code_challenge: challengeOf(verifier),
      code_challenge_method: 'S256',
    });
    redirect(res, `${idp.issuer}/authorize?${query}`, cookie(STATE_COOKIE, state, '/demo', STATE_SECONDS));
  };

  const finish = async (req: IncomingMessage, res: ServerResponse, query: URLSearchParams): Promise<void> => {
    const state = query.get('state') ?? '';
    const attempt = attempts.take(state);
    // Otherwise a page could sign this browser in as somebody else.
    if (attempt === undefined || cookieOf(req, STATE_COOKIE) !== state)
      return show(res, 400, problemPage('This sign-in is unknown, finished, or of another browser.'));
    const answer = await fetch(`${idp.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: CLIENT,
        redirect_uri: redirectUri,
        code: query.get('code') ?? '',
        code_verifier: attempt.verifier,
      }),
    });
    if (!answer.ok) return show(res, 400, problemPage('The demo provider did not accept the sign-in.'));
    const { access_token: token, expires_in: seconds } = (await answer.json()) as {
      access_token: string;
      expires_in: number;
    };
    const name = sessions.add({ user: decodeJwt(token).sub ?? '', token }, seconds);
    redirect(
      res,
      address + attempt.to,
      cookie(SESSION_COOKIE, name, '/', seconds),
      cookie(STATE_COOKIE, '', '/demo', 0),
    );
  };

  const signOut = (req: IncomingMessage, res: ServerResponse): void => {
    if (req.headers.origin !== address) {
      show(res, 403, problemPage('Only this demo’s own page may sign you out.'));
      return;
    }
    sessions.take(cookieOf(req, SESSION_COOKIE) ?? '');
    // MLflow's pages remember the last workspace, which the next person may not have.
    res.setHeader('clear-site-data', '"storage"');
    redirect(res, `${address}/`, cookie(SESSION_COOKIE, '', '/', 0));
  };

  const forward = async (req: IncomingMessage, res: ServerResponse, session: Session): Promise<void> => {
    req.headers.authorization = `Bearer ${session.token}`;
    const others = cookiesOf(req).filter(([name]) => name !== SESSION_COOKIE && name !== STATE_COOKIE);
    if (others.length === 0) delete req.headers.cookie;
    else req.headers.cookie = others.map(([name, value]) => `${name}=${value}`).join('; ');
    await proxy.web(req, res);
  };

  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const url = new URL(req.url ?? '/', address);
    // A name that a stranger's DNS points at 127.0.0.1, or `localhost`, with other cookies.
    if (req.headers.host !== new URL(address).host)
      return req.method === 'GET'
        ? redirect(res, `${address}/`)
        : show(res, 421, problemPage('Unknown host.'));
    const session = sessions.get(cookieOf(req, SESSION_COOKIE) ?? '');
    const route = `${req.method} ${url.pathname}`;
    if (route === 'GET /demo/callback') return finish(req, res, url.searchParams);
    if (route === 'POST /demo/sign-out') return signOut(req, res);
    if (session === undefined)
      return isNavigation(req) ? begin(res, url.pathname + url.search) : unauthenticated(res);
    if (route === 'GET /demo') return show(res, 200, sessionPage(session.user));
    await forward(req, res, session);
  };

  const unauthenticated = (res: ServerResponse): void => {
    const message = `Nobody is signed in. Open ${address}/ in a browser. Programs send their token to ${gateway}.`;
    res.writeHead(401, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    res.end(JSON.stringify({ error_code: 'UNAUTHENTICATED', message }));
  };

  const server = createServer((req, res) => {
    serve(req, res).catch(() => {
      // Also when the browser has gone, or the gateway has.
      if (res.headersSent) res.destroy();
      else show(res, 502, problemPage('The gateway or the demo provider does not answer.'));
    });
  });
  const { address, stop } = await listenOnLoopback(server, port);
  const redirectUri = `${address}/demo/callback`;
  idp.registerClient(CLIENT, redirectUri);
  return {
    address,
    stop: async () => {
      await stop();
      agent.destroy();
    },
  };
}

function redirect(res: ServerResponse, location: string, ...cookies: readonly string[]): void {
  if (cookies.length > 0) res.setHeader('set-cookie', cookies);
  res.writeHead(303, { location, 'cache-control': 'no-store' }).end();
}

/** Without `Secure`: the demo has no certificate, and 127.0.0.1 is on no network. */
function cookie(name: string, value: string, path: string, seconds: number): string {
  return `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Strict`;
}

function cookiesOf(req: IncomingMessage): [name: string, value: string][] {
  return (req.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim().split(/=(.*)/s))
    .filter(([name]) => name !== '')
    .map(([name, value]) => [name!, value ?? '']);
}

function cookieOf(req: IncomingMessage, wanted: string): string | undefined {
  return cookiesOf(req).find(([name]) => name === wanted)?.[1];
}

/** A page that a person opens, in contrast to a page's own requests. https://www.w3.org/TR/fetch-metadata/ */
function isNavigation({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    (headers.accept ?? '').startsWith('text/html') &&
    (headers['sec-fetch-mode'] ?? 'navigate') === 'navigate' &&
    (headers['sec-fetch-dest'] ?? 'document') === 'document'
  );
}
