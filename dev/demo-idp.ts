import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import { AuthorizationCodes, type CodeRequest } from './demo-sign-in/codes.ts';
import { pagePolicy, peoplePage } from './demo-sign-in/pages.ts';
import { claimsOf, type DemoUser, demoUsers } from './demo-users.ts';
import { listenOnLoopback } from './loopback.ts';

/** The audience of the demo's tokens, for `GW_OIDC_AUDIENCE`. */
export const DEMO_AUDIENCE = 'mlflow';

const FORM_LIMIT = 16_384;
/** How long a person stays signed in: a working day. */
const SIGN_IN_SECONDS = 12 * 3600;

/** Claims of a token; those given replace the defaults, and `undefined` leaves one out. */
export type DemoClaims = Readonly<Record<string, unknown>>;

export interface DemoTokenOptions {
  /** Seconds of validity. Default 3600; negative for a token that is expired already. */
  readonly expiresIn?: number;
  /** Replaces members of the JOSE header (`{ kid: 'nobody' }`). */
  readonly header?: Readonly<Record<string, unknown>>;
}

export interface DemoIdpOptions {
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default: `demoUsers()`. */
  readonly users?: readonly DemoUser[];
}

export interface DemoIdp {
  /** `http://127.0.0.1:port`, for `GW_OIDC_ISSUER`. */
  readonly issuer: string;
  readonly audience: string;
  /** A signed token for a user of the list, or with the claims given. */
  token(who: string | DemoClaims, options?: DemoTokenOptions): Promise<string>;
  /** Lets a public client sign people in: `redirectUri` is its only one. */
  registerClient(clientId: string, redirectUri: string): void;
  /** The public keys that are served now, for `GW_JWKS_JSON`. */
  jwks(): JSONWebKeySet;
  /**
   * Signs with a new key from now on. With `keepOld` false the old public key is no longer served, as when a
   * provider revokes a leaked one. Default true.
   */
  rotate(options?: { readonly keepOld?: boolean }): Promise<void>;
  /** The number of requests for the discovery document and for the keys: a gateway must not send many. */
  requests(): { readonly discovery: number; readonly jwks: number };
  stop(): Promise<void>;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: Record<string, unknown>;
}

/**
 * Starts an identity provider that issues tokens without passwords. It therefore listens on 127.0.0.1 only, and only a demo or a test
 * may trust it. Its RS256 key is created at start and never leaves memory.
 *
 * It serves OpenID Connect Discovery (https://openid.net/specs/openid-connect-discovery-1_0.html), a JWK Set
 * (RFC 7517 section 5), a token endpoint for `client_credentials` (RFC 6749 section 4.4; the client id is a
 * user's name, any secret will do), and `GET /demo-token?user=NAME`, which returns the token alone. For browsers it serves the
 * authorization code flow with PKCE (RFC 6749 section 4.1, RFC 7636): a page on which anyone chooses to be any user.
 *
 * @example
 * const idp = await startDemoIdp();
 * const token = await idp.token('alice-viewer', { expiresIn: 60 });
 * const odd = await idp.token({ sub: 'eve', tenant_id: ['team-a', 'team-b'] });
 * await idp.stop();
 */
export async function startDemoIdp({ port = 0, users = demoUsers() }: DemoIdpOptions = {}): Promise<DemoIdp> {
  let keys = [await makeKey(1)];
  let made = 1;
  const requests = { discovery: 0, jwks: 0 };
  const clients = new Map<string, string>();
  const codes = new AuthorizationCodes();

  const jwks = (): JSONWebKeySet => ({ keys: keys.map((key) => key.publicJwk) }) as JSONWebKeySet;

  const token = async (who: string | DemoClaims, options: DemoTokenOptions = {}): Promise<string> => {
    const key = keys[0]!;
    const now = Math.floor(Date.now() / 1000);
    const expiry = now + (options.expiresIn ?? 3600);
    const given = typeof who === 'string' ? claimsOf(userNamed(who)) : who;
    // An expired token was once valid, so it was issued before it expired.
    const issued = Math.min(now, expiry - 1);
    const claims = {
      iss: issuer,
      aud: DEMO_AUDIENCE,
      sub: 'demo',
      iat: issued,
      nbf: issued,
      exp: expiry,
      ...given,
    };
    const header = { alg: 'RS256', typ: 'JWT', kid: key.kid, ...options.header };
    return new SignJWT(claims).setProtectedHeader(header).sign(key.privateKey);
  };

  const userNamed = (name: string): DemoUser => {
    const user = users.find((candidate) => candidate.name === name);
    if (!user) throw new UnknownUserError(name, users);
    return user;
  };

  /** The same fields of the query and of the page's form. @throws {AuthorizeError} that no browser may be redirected for */
  const readAuthorize = (fields: URLSearchParams): CodeRequest => {
    const clientId = fields.get('client_id') ?? '';
    const redirectUri = fields.get('redirect_uri') ?? '';
    const challenge = fields.get('code_challenge') ?? '';
    if (redirectUri === '' || clients.get(clientId) !== redirectUri)
      throw new AuthorizeError('client_id or redirect_uri is not registered');
    if (fields.get('response_type') !== 'code') throw new AuthorizeError('response_type must be code');
    if (fields.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge))
      throw new AuthorizeError('code_challenge with the method S256 is required');
    return { clientId, redirectUri, challenge };
  };

  const showPeople = (fields: URLSearchParams, res: ServerResponse): void => {
    const { redirectUri } = readAuthorize(fields);
    const headers = { 'content-security-policy': pagePolicy(new URL(redirectUri).origin) };
    res.writeHead(200, {
      ...headers,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
    });
    res.end(peoplePage(users, Object.fromEntries(fields)));
  };

  const chooseUser = (fields: URLSearchParams, res: ServerResponse): void => {
    const request = readAuthorize(fields);
    const to = new URL(request.redirectUri);
    to.searchParams.set('code', codes.issue(request, userNamed(fields.get('user') ?? '').name));
    to.searchParams.set('state', fields.get('state') ?? '');
    res.writeHead(303, { location: to.href, 'cache-control': 'no-store' }).end();
  };

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const url = new URL(req.url ?? '/', issuer);
    const route = `${req.method} ${url.pathname}`;
    if (route === 'GET /.well-known/openid-configuration') {
      requests.discovery++;
      return json(res, 200, {
        issuer,
        jwks_uri: `${issuer}/jwks`,
        token_endpoint: `${issuer}/token`,
        authorization_endpoint: `${issuer}/authorize`,
        response_types_supported: ['code'],
        grant_types_supported: ['authorization_code', 'client_credentials'],
        code_challenge_methods_supported: ['S256'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    }
    if (route === 'GET /jwks') {
      requests.jwks++;
      return json(res, 200, jwks());
    }
    if (route === 'GET /demo-token') {
      const body = `${await token(url.searchParams.get('user') ?? '')}\n`;
      res.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-store' }).end(body);
      return;
    }
    if (route === 'GET /authorize') return showPeople(url.searchParams, res);
    if (route === 'POST /authorize') return chooseUser(new URLSearchParams(await read(req)), res);
    if (route === 'POST /token') {
      const form = new URLSearchParams(await read(req));
      if (form.get('grant_type') === 'authorization_code') {
        const user = codes.redeem({
          code: form.get('code') ?? '',
          clientId: form.get('client_id') ?? '',
          redirectUri: form.get('redirect_uri') ?? '',
          verifier: form.get('code_verifier') ?? '',
        });
        if (user === undefined) return json(res, 400, { error: 'invalid_grant' });
        const access = await token(user, { expiresIn: SIGN_IN_SECONDS });
        return json(res, 200, { access_token: access, token_type: 'Bearer', expires_in: SIGN_IN_SECONDS });
      }
      if (form.get('grant_type') !== 'client_credentials') {
        return json(res, 400, { error: 'unsupported_grant_type' });
      }
      const access = await token(form.get('client_id') ?? basicUser(req.headers.authorization));
      return json(res, 200, { access_token: access, token_type: 'Bearer', expires_in: 3600 });
    }
    json(res, 404, { error: 'not_found' });
  };

  const server = createServer((req, res) => {
    answer(req, res).catch((error: unknown) => {
      if (error instanceof AuthorizeError) {
        json(res, 400, { error: 'invalid_request', error_description: error.message });
      } else if (error instanceof UnknownUserError) {
        json(res, 400, { error: 'invalid_client', error_description: error.message });
      } else {
        json(res, 500, { error: 'server_error', error_description: String(error) });
      }
    });
  });
  const { address: issuer, stop } = await listenOnLoopback(server, port);

  return {
    issuer,
    audience: DEMO_AUDIENCE,
    token,
    registerClient: (clientId, redirectUri) => {
      clients.set(clientId, redirectUri);
    },
    jwks,
    rotate: async ({ keepOld = true } = {}) => {
      const fresh = await makeKey(++made);
      keys = keepOld ? [fresh, ...keys] : [fresh];
    },
    requests: () => ({ ...requests }),
    stop,
  };
}

class AuthorizeError extends Error {}

class UnknownUserError extends Error {
  constructor(name: string, users: readonly DemoUser[]) {
    super(`no demo user "${name}"; there are ${users.map((user) => user.name).join(', ')}`);
  }
}

async function makeKey(serial: number): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const kid = `demo-${serial}-${process.pid}-${Date.now().toString(36)}`;
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' } };
}

function json(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  res.end(JSON.stringify(body));
}

async function read(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of req.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > FORM_LIMIT) throw new Error('form too large');
  }
  return text;
}

/** RFC 6749 section 2.3.1: the client id may come by HTTP Basic. */
function basicUser(authorization: string | undefined): string {
  const match = /^basic (\S+)$/i.exec(authorization ?? '');
  return match ? decodeURIComponent(Buffer.from(match[1]!, 'base64').toString('utf8').split(':')[0]!) : '';
}
