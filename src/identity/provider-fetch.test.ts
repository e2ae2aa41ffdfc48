import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { discoverJwksUri, fetchJson, isProviderUrl, MAX_DOCUMENT_BYTES } from './provider-fetch.ts';
import { json, type Provider, startProvider } from './testing/provider.ts';

let provider: Provider;
/** No test waits for it, except for those of the time limit itself. */
const options = { fetch, timeoutMs: 60_000 };
const DISCOVERY = '/.well-known/openid-configuration';

beforeAll(async () => {
  provider = await startProvider([]);
});
beforeEach(() => {
  provider.requests.length = 0;
});
afterAll(() => provider.stop());

describe('fetchJson', () => {
  it('returns a JSON document', async () => {
    await expect(fetchJson(provider.jwksUri, options)).resolves.toEqual({ keys: [] });
  });

  it.each([301, 302, 303, 307, 308])('follows a redirect of status %d at the same origin', async (status) => {
    provider.routes.set('/moved', (_req, res) => res.writeHead(status, { location: '/moved/again' }).end());
    provider.routes.set('/moved/again', (_req, res) =>
      res.writeHead(status, { location: provider.jwksUri }).end('elsewhere'),
    );
    await expect(fetchJson(`${provider.issuer}/moved`, options)).resolves.toEqual({ keys: [] });
    expect(provider.requests).toEqual(['/moved', '/moved/again', '/jwks']);
  });

  it('follows at most three redirects', async () => {
    provider.routes.set('/round', (_req, res) => res.writeHead(302, { location: '/round' }).end());
    await expect(fetchJson(`${provider.issuer}/round`, options)).rejects.toThrow(
      `${provider.issuer}/round: redirects more than 3 times`,
    );
    expect(provider.requests).toHaveLength(4);
  });

  it('does not follow a redirect to another port, and names both addresses without a query', async () => {
    const other = await startProvider([]);
    try {
      const location = `${other.jwksUri}?secret=1`;
      provider.routes.set('/moved', (_req, res) => res.writeHead(302, { location }).end());
      const asked = fetchJson(`${provider.issuer}/moved`, options);
      await expect(asked).rejects.toThrow(
        `${provider.issuer}/moved: redirects to ${other.jwksUri}, which is not at the same scheme, host and port`,
      );
      expect(other.requests).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  it.each([
    ['http://idp.example/jwks', 'redirects to http://idp.example/jwks, which is not'],
    ['https://idp.example.evil.example/jwks', 'redirects to https://idp.example.evil.example/jwks, which'],
    ['//evil.example/jwks', 'redirects to https://evil.example/jwks, which'],
    ['\\\\evil.example/jwks', 'redirects to https://evil.example/jwks, which'],
    ['https://user:pass@idp.example/jwks', 'redirects to https://idp.example/jwks, which'],
    ['file:///etc/passwd', 'redirects to file:///etc/passwd, which'],
    ['https://[', 'redirects to an invalid address'],
  ])('does not follow a redirect from https://idp.example to %j', async (location, message) => {
    const asked: string[] = [];
    const stand = async (url: string): Promise<Response> => {
      asked.push(url);
      return new Response(null, { status: 302, headers: { location } });
    };
    const answer = fetchJson('https://idp.example/keys', { ...options, fetch: stand });
    await expect(answer).rejects.toThrow(`https://idp.example/keys: ${message}`);
    expect(asked).toEqual(['https://idp.example/keys']);
  });

  it('names the address at which a redirect ended in an error, and reports a redirect without Location', async () => {
    provider.routes.set('/moved', (_req, res) => res.writeHead(302, { location: '/gone' }).end());
    await expect(fetchJson(`${provider.issuer}/moved`, options)).rejects.toThrow(
      `/moved: answered 404 at ${provider.issuer}/gone`,
    );
    provider.routes.set('/nowhere', (_req, res) => res.writeHead(302).end());
    await expect(fetchJson(`${provider.issuer}/nowhere`, options)).rejects.toThrow('/nowhere: answered 302');
  });

  it.each([204, 404, 500])('refuses status %d', async (status) => {
    provider.routes.set('/status', (_req, res) => res.writeHead(status).end());
    await expect(fetchJson(`${provider.issuer}/status`, options)).rejects.toThrow(
      `/status: answered ${status}`,
    );
  });

  it('refuses a body that is not JSON, without quoting it', async () => {
    provider.routes.set('/html', (_req, res) => res.end('<html>secret</html>'));
    await expect(fetchJson(`${provider.issuer}/html`, options)).rejects.toThrow(/\/html: is not JSON$/);
  });

  it('stops reading at the limit', async () => {
    let written = 0;
    provider.routes.set('/endless', (_req, res) => {
      const chunk = Buffer.alloc(65_536, ' ');
      const more = (): void => {
        while (!res.destroyed && res.write(chunk)) written += chunk.length;
      };
      res.on('drain', more);
      more();
    });
    await expect(fetchJson(`${provider.issuer}/endless`, options)).rejects.toThrow(
      `is larger than ${MAX_DOCUMENT_BYTES} bytes`,
    );
    expect(written).toBeLessThan(20 * MAX_DOCUMENT_BYTES);
  });

  it('counts decompressed bytes', async () => {
    const bomb = gzipSync(Buffer.alloc(30 * MAX_DOCUMENT_BYTES, ' '));
    provider.routes.set('/bomb', (_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    await expect(fetchJson(`${provider.issuer}/bomb`, options)).rejects.toThrow('is larger than');
  });

  it('fails after the timeout without a response, or without its end', async () => {
    provider.routes.set('/silent', () => {});
    provider.routes.set('/slow', (_req, res) => void res.writeHead(200).write('{'));
    for (const path of ['/silent', '/slow']) {
      await expect(fetchJson(provider.issuer + path, { fetch, timeoutMs: 300 })).rejects.toThrow(
        `${path}: no response within 300 ms`,
      );
    }
  });

  it('reports the cause of a failed connection', async () => {
    const gone = await startProvider([]);
    await gone.stop();
    await expect(fetchJson(gone.jwksUri, options)).rejects.toThrow(`${gone.jwksUri}: ECONNREFUSED`);
  });
});

describe('discoverJwksUri', () => {
  const served = async (document: unknown, issuer = provider.issuer): Promise<string> => {
    const stand = async (url: string): Promise<Response> => {
      provider.requests.push(url);
      return Response.json(document);
    };
    return discoverJwksUri(issuer, { ...options, fetch: stand });
  };

  it('finds the keys', async () => {
    provider.routes.set(
      DISCOVERY,
      json(() => ({ issuer: provider.issuer, jwks_uri: provider.jwksUri })),
    );
    await expect(discoverJwksUri(provider.issuer, options)).resolves.toBe(provider.jwksUri);
  });

  it('finds the keys behind a redirect on the same host', async () => {
    provider.routes.set(DISCOVERY, (_req, res) => res.writeHead(301, { location: '/oidc/config' }).end());
    provider.routes.set(
      '/oidc/config',
      json(() => ({ issuer: provider.issuer, jwks_uri: provider.jwksUri })),
    );
    await expect(discoverJwksUri(provider.issuer, options)).resolves.toBe(provider.jwksUri);
    expect(provider.requests).toEqual([DISCOVERY, '/oidc/config']);
  });

  it('refuses a document behind a redirect that names another issuer', async () => {
    provider.routes.set(DISCOVERY, (_req, res) => res.writeHead(301, { location: '/other' }).end());
    provider.routes.set(
      '/other',
      json(() => ({ issuer: `${provider.issuer}/other`, jwks_uri: provider.jwksUri })),
    );
    await expect(discoverJwksUri(provider.issuer, options)).rejects.toThrow('names another issuer');
  });

  it.each([
    ['https://idp.example', 'https://idp.example/.well-known/openid-configuration'],
    ['https://idp.example/', 'https://idp.example/.well-known/openid-configuration'],
    ['https://idp.example/realms/ml', 'https://idp.example/realms/ml/.well-known/openid-configuration'],
    ['https://idp.example/v2/', 'https://idp.example/v2/.well-known/openid-configuration'],
  ])('asks for %s at %s', async (issuer, url) => {
    await expect(served({ issuer, jwks_uri: 'https://keys.example/' }, issuer)).resolves.toBe(
      'https://keys.example/',
    );
    expect(provider.requests).toEqual([url]);
  });

  it.each([
    'https://evil.example',
    'https://idp.example/',
    'HTTPS://idp.example',
    undefined,
    ['https://idp.example'],
  ])('refuses a document of the issuer %j', async (issuer) => {
    await expect(served({ issuer, jwks_uri: 'https://k.example/' }, 'https://idp.example')).rejects.toThrow(
      'names another issuer',
    );
  });

  it.each([undefined, 7, '', 'keys', 'file:///etc/passwd', 'https://user:pass@k.example/'])(
    'refuses the jwks_uri %j',
    async (uri) => {
      await expect(
        served({ issuer: 'https://idp.example', jwks_uri: uri }, 'https://idp.example'),
      ).rejects.toThrow('has no usable jwks_uri');
    },
  );

  it('refuses an http jwks_uri for an https issuer', async () => {
    const document = { issuer: 'https://idp.example', jwks_uri: 'http://idp.example/jwks' };
    await expect(served(document, 'https://idp.example')).rejects.toThrow('jwks_uri is not https');
    const plain = { issuer: 'http://idp.example', jwks_uri: 'http://idp.example/jwks' };
    await expect(served(plain, 'http://idp.example')).resolves.toBe('http://idp.example/jwks');
  });

  it.each([null, [], 'x'])('refuses the document %j', async (document) => {
    await expect(served(document, 'https://idp.example')).rejects.toThrow('names another issuer');
  });
});

describe('isProviderUrl', () => {
  it.each(['https://idp.example', 'http://127.0.0.1:8080/jwks?x=1'])('accepts %s', (url) => {
    expect(isProviderUrl(url)).toBe(true);
  });

  it.each([
    '',
    'idp.example',
    'ftp://idp.example',
    'https:idp.example',
    'https://u@idp.example',
    'https://h/#f',
  ])('refuses %j', (url) => {
    expect(isProviderUrl(url)).toBe(false);
  });
});
