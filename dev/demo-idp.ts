import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import { listenOnLoopback } from './loopback.ts';

/** The audience of the demo's tokens, for `GW_OIDC_AUDIENCE`. */
export const DEMO_AUDIENCE = 'mlflow';

const ROLES = ['viewer', 'contributor', 'admin'] as const;
const FORM_LIMIT = 16_384;

/** A user of the demo provider. There are no passwords. */
export interface DemoUser {
  readonly name: string;
  readonly tenant: string;
  readonly roles: readonly string[];
}

/** Alice is in team-a and Bob in team-b, each as viewer, contributor and admin: `alice-viewer` ... `bob-admin`. */
const DEMO_USERS: readonly DemoUser[] = [
  ...ROLES.map((role) => ({ name: `alice-${role}`, tenant: 'team-a', roles: [role] })),
  ...ROLES.map((role) => ({ name: `bob-${role}`, tenant: 'team-b', roles: [role] })),
];

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
  /** Default: `DEMO_USERS`. */
  readonly users?: readonly DemoUser[];
}

export interface DemoIdp {
  /** `http://127.0.0.1:port`, for `GW_OIDC_ISSUER`. */
  readonly issuer: string;
  readonly audience: string;
  /** A signed token for a user of the list, or with the claims given. */
  token(who: string | DemoClaims, options?: DemoTokenOptions): Promise<string>;
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
 * user's name, any secret will do), and `GET /demo-token?user=NAME`, which returns the token alone.
 *
 * @example
 * const idp = await startDemoIdp();
 * const token = await idp.token('alice-viewer', { expiresIn: 60 });
 * const odd = await idp.token({ sub: 'eve', tenant_id: ['team-a', 'team-b'] });
 * await idp.stop();
 */
export async function startDemoIdp({ port = 0, users = DEMO_USERS }: DemoIdpOptions = {}): Promise<DemoIdp> {
  let keys = [await makeKey(1)];
  let made = 1;
  const requests = { discovery: 0, jwks: 0 };

  const jwks = (): JSONWebKeySet => ({ keys: keys.map((key) => key.publicJwk) }) as JSONWebKeySet;

  const token = async (who: string | DemoClaims, options: DemoTokenOptions = {}): Promise<string> => {
    const key = keys[0]!;
    const now = Math.floor(Date.now() / 1000);
    const expiry = now + (options.expiresIn ?? 3600);
    const given = typeof who === 'string' ? claimsOf(who) : who;
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

  const claimsOf = (name: string): DemoClaims => {
    const user = users.find((candidate) => candidate.name === name);
    if (!user) throw new UnknownUserError(name, users);
    return { sub: user.name, tenant_id: user.tenant, roles: [...user.roles] };
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
        response_types_supported: ['token'],
        grant_types_supported: ['client_credentials'],
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
    if (route === 'POST /token') {
      const form = new URLSearchParams(await read(req));
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
      if (error instanceof UnknownUserError) {
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
    jwks,
    rotate: async ({ keepOld = true } = {}) => {
      const fresh = await makeKey(++made);
      keys = keepOld ? [fresh, ...keys] : [fresh];
    },
    requests: () => ({ ...requests }),
    stop,
  };
}

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
