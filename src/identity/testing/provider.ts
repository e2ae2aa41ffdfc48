import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A real signing key, for tests. */
export interface Signer {
  readonly alg: string;
  readonly kid: string;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly pem: string;
}

/** Makes a signing key. */
export async function createSigner(kid: string, alg = 'RS256'): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { alg, kid, publicKey, privateKey, jwk, pem: await exportSPKI(publicKey) };
}

/** Signs claims unchanged; `header` adds to or overrides `alg` and `kid` (`undefined` takes one away). */
export function sign(
  signer: Signer,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const all = { alg: signer.alg, kid: signer.kid, ...header };
  const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(claims).setProtectedHeader(kept as { alg: string }).sign(signer.privateKey);
}

/** A token made by hand, with any header and signature. */
export function forge(header: unknown, claims: unknown, signature = ''): string {
  return (
    [header, claims].map((part) => encode(typeof part === 'string' ? part : JSON.stringify(part))).join('.') +
    `.${signature}`
  );
}

/** Base64url of a text. */
export function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** An identity provider on a port of its own; a test may change its behaviour at any time. */
export interface Provider {
  readonly issuer: string;
  readonly jwksUri: string;
  /** The requested paths, in order. */
  readonly requests: string[];
  keys: JWK[];
  /** Replaces the response of a path. */
  readonly routes: Map<string, (req: IncomingMessage, res: ServerResponse) => void>;
  /** Stops the provider: connections are refused. */
  stop(): Promise<void>;
}

/** Starts a provider on 127.0.0.1. */
export async function startProvider(keys: JWK[]): Promise<Provider> {
  const routes: Provider['routes'] = new Map();
  const server: Server = createServer((req, res) => {
    provider.requests.push(req.url!);
    const route = routes.get(req.url!) ?? ((_req, response) => response.writeHead(404).end());
    route(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: Provider = {
    issuer,
    jwksUri: `${issuer}/jwks`,
    requests: [],
    keys,
    routes,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  routes.set(
    '/.well-known/openid-configuration',
    json(() => ({ issuer, jwks_uri: provider.jwksUri })),
  );
  routes.set(
    '/jwks',
    json(() => ({ keys: provider.keys })),
  );
  return provider;
}

/** A route that answers with JSON. */
export function json(body: () => unknown): (req: IncomingMessage, res: ServerResponse) => void {
  return (_req, res) => {
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body()));
  };
}
