import { createServer, get, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createNetServer } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  front,
  listen,
  listeningLogger,
  raw,
  read,
  stub,
  temporaryDirectory,
  upstreamTo,
} from './testing/servers.ts';
import { CERTIFICATE, PRIVATE_KEY } from './testing/tls.ts';

/** Answers with the request that it received. */
const echo = (): Promise<number> =>
  stub(async (req, res) => {
    const body = await read(req);
    res.setHeader('content-type', 'application/json');
    res.end(
      JSON.stringify({
        method: req.method,
        url: req.url,
        raw: req.rawHeaders,
        body: body.toString(),
        trailers: req.rawTrailers,
      }),
    );
  });

describe('the request to MLflow', () => {
  it("is the gateway's request, with nothing of the caller's", async () => {
    const upstream = upstreamTo(await echo());
    const gateway = await front(upstream, async (req) => {
      await read(req);
      return { method: 'POST', path: '/b?c=d', headers: { 'x-mine': '1' }, body: Buffer.from('{"é":1}') };
    });
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/a?b=c`, {
      method: 'POST',
      body: '{ "caller": true }',
      headers: { cookie: 'a=b', authorization: 'Bearer x', 'x-forwarded-for': '1.2.3.4', 'x-any': 'y' },
    });
    const seen = JSON.parse(await answer.text());
    expect(seen).toMatchObject({ method: 'POST', url: '/b?c=d', body: '{"é":1}' });
    const host = upstream.name.slice('http://'.length);
    expect(seen.raw).toEqual([
      'host',
      host,
      'connection',
      'keep-alive',
      'x-mine',
      '1',
      'content-length',
      '8',
    ]);
    expect(await gateway.next()).toEqual({
      status: 200,
      bytesIn: 18,
      bytesOut: expect.any(Number),
      aborted: false,
    });
  });

  it('leaves the caller’s request unchanged for later readers', async () => {
    const upstream = upstreamTo(await echo());
    const seen: unknown[] = [];
    const server = createServer(async (req, res) => {
      await upstream.forward(
        req,
        res,
        { method: 'DELETE', path: '/other', headers: {}, body: undefined },
        {},
      );
      seen.push(req.method, req.url, req.headers.accept);
    });
    const port = await listen(server);
    await (await fetch(`http://127.0.0.1:${port}/mine`, { headers: { accept: 'text/html' } })).text();
    expect(seen).toEqual(['GET', '/mine', 'text/html']);
  });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('has no body for a %s without one', async (method) => {
    const gateway = await front(upstreamTo(await echo()));
    const seen = JSON.parse(await (await fetch(`http://127.0.0.1:${gateway.port}/`, { method })).text());
    expect(seen).toMatchObject({ method, body: '' });
    expect(seen.raw.includes('transfer-encoding')).toBe(false);
  });

  it('has the static prefix in front of every path', async () => {
    const port = await echo();
    const upstream = upstreamTo(port, { prefix: '/ml' });
    const gateway = await front(upstream);
    expect(await (await fetch(`http://127.0.0.1:${gateway.port}/x?y`)).json()).toMatchObject({
      url: '/ml/x?y',
    });
    const asked = await upstream.ask({ method: 'GET', path: '/z', headers: {}, body: undefined });
    expect(JSON.parse(asked.body.toString())).toMatchObject({ url: '/ml/z' });
  });

  it('uses a Unix socket, with the Host localhost', async () => {
    const path = join(await temporaryDirectory(), 'm.sock');
    const server = createServer((req, res) => res.end(`${req.headers.host} ${req.headers.connection}`));
    await listen(server, path);
    const gateway = await front(upstreamTo(`unix:${path}`, { connections: 'fresh' }));
    expect(await (await fetch(`http://127.0.0.1:${gateway.port}/`)).text()).toBe('localhost keep-alive');
  });

  it.each(['http', 'unix'])('has the configured Host, over %s', async (kind) => {
    const path = join(await temporaryDirectory(), 'm.sock');
    const server = createServer((req, res) => res.end(req.headers.host));
    const port = await listen(server, kind === 'unix' ? path : undefined);
    const upstream = upstreamTo(kind === 'unix' ? `unix:${path}` : port, { host: 'ml.example.com:81' });
    const gateway = await front(upstream);
    expect(await (await fetch(`http://127.0.0.1:${gateway.port}/`)).text()).toBe('ml.example.com:81');
    const asked = await upstream.ask({ method: 'GET', path: '/', headers: {}, body: undefined });
    expect(asked.body.toString()).toBe('ml.example.com:81');
  });

  // Node uses `Host` as the server's name unless one is set, and compares the certificate with it.
  it.each([
    ['localhost', 'localhost'],
    ['127.0.0.1', false],
  ])('is sent through TLS to %s with any Host', async (host, name) => {
    const server = createTlsServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (req, res) =>
      res.end(JSON.stringify([req.headers.host, (req.socket as TLSSocket).servername])),
    );
    const port = await listen(server);
    const upstream = upstreamTo(`https://${host}:${port}`, {
      credentials: { ca: CERTIFICATE },
      host: 'ml.example.com',
    });
    const gateway = await front(upstream);
    const seen = await (await fetch(`http://127.0.0.1:${gateway.port}/`)).json();
    expect(seen).toEqual(['ml.example.com', name]);
    const asked = await upstream.ask({ method: 'GET', path: '/', headers: {}, body: undefined });
    expect(JSON.parse(asked.body.toString())).toEqual(['ml.example.com', name]);
  });

  it('goes through TLS only to a server with a certificate of the configured authority', async () => {
    const server = createTlsServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (_req, res) => res.end('secret'));
    const port = await listen(server);
    const trusting = await front(
      upstreamTo(`https://localhost:${port}`, { credentials: { ca: CERTIFICATE } }),
    );
    expect(await (await fetch(`http://127.0.0.1:${trusting.port}/`)).text()).toBe('secret');
    const wary = await front(upstreamTo(`https://localhost:${port}`));
    const refused = await fetch(`http://127.0.0.1:${wary.port}/`);
    expect(refused.status).toBe(502);
    expect(await refused.json()).toMatchObject({ reason: 'upstream_unreachable' });
  });

  it('is not sent, and reported as one defect, if it cannot be written', async () => {
    let asked = 0;
    const port = await stub((_req, res) => {
      asked++;
      res.end();
    });
    for (const bad of [{ path: '/a b' }, { path: '/\r\nx: y' }, { headers: { x: 'a\r\nb: c' } }]) {
      const gateway = await front(upstreamTo(port), () => bad);
      expect((await fetch(`http://127.0.0.1:${gateway.port}/`)).status).toBe(500);
    }
    expect(asked).toBe(0);
  });
});

describe('the response to the caller', () => {
  it("is MLflow's response without its connection fields, with the gateway's own fields", async () => {
    const port = await stub((_req, res) => {
      res.writeHead(201, 'Made', [
        ...[
          'content-type',
          'text/plain',
          'server',
          'uvicorn',
          'date',
          'once',
          'set-cookie',
          'a=b',
          'x-keep',
          'é',
        ],
        ...[
          'access-control-allow-origin',
          '*',
          'x-request-id',
          'theirs',
          'connection',
          'x-hop',
          'x-hop',
          '1',
          'trailer',
          'x-t',
        ],
      ]);
      res.write('a');
      res.addTrailers({ 'x-t': 'late' });
      res.end('b');
    });
    const gateway = await front(upstreamTo(port));
    const text = await raw(gateway.port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const head = text.slice(0, text.indexOf('\r\n\r\n')).toLowerCase().split('\r\n');
    expect(head[0]).toBe('http/1.1 201 created');
    expect(
      head
        .slice(1)
        .map((line) => line.split(':')[0])
        .sort(),
    ).toEqual(['connection', 'content-type', 'date', 'transfer-encoding', 'x-keep', 'x-request-id'].sort());
    expect(head).toContain('x-request-id: r1');
    expect(text).not.toMatch(/late|once|x-hop/i);
  });

  it('keeps lengths, empty responses and responses to HEAD', async () => {
    const port = await stub((req, res) => {
      if (req.url === '/204') res.writeHead(204).end();
      else if (req.url === '/304') res.writeHead(304, { etag: '"1"' }).end();
      else res.writeHead(200, { 'content-length': 5 }).end('hello');
    });
    const gateway = await front(upstreamTo(port));
    const base = `http://127.0.0.1:${gateway.port}`;
    expect((await fetch(`${base}/204`)).status).toBe(204);
    expect((await fetch(`${base}/304`)).headers.get('etag')).toBe('"1"');
    const head = await fetch(`${base}/5`, { method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['5', '']);
    const whole = await fetch(`${base}/5`);
    expect([whole.headers.get('content-length'), await whole.text()]).toEqual(['5', 'hello']);
    await gateway.next();
    await gateway.next();
    await gateway.next();
    expect(await gateway.next()).toEqual({ status: 200, bytesIn: 0, bytesOut: 5, aborted: false });
  });

  it('keeps the content coding of MLflow’s response', async () => {
    const port = await stub((_req, res) =>
      res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('squeezed')),
    );
    const gateway = await front(upstreamTo(port));
    const body = await new Promise<Buffer>((resolve, reject) => {
      get({ port: gateway.port, host: '127.0.0.1' }, (answer) => void read(answer).then(resolve, reject));
    });
    expect(gunzipSync(body).toString()).toBe('squeezed');
  });

  it('contains no interim response and no protocol upgrade', async () => {
    const port = await stub((req, res) => {
      if (req.url === '/101') {
        res.socket!.end(
          'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
        );
        return;
      }
      res.writeProcessing();
      res.writeEarlyHints({ link: '</x>; rel=preload' });
      res.end('final');
    });
    const gateway = await front(upstreamTo(port));
    expect(await raw(gateway.port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 200 OK(?![\s\S]*HTTP)[\s\S]*final/,
    );
    const switched = raw(gateway.port, 'GET /101 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(await switched).toMatch(/^HTTP\/1\.1 502[\s\S]*upstream_invalid/);
  });

  it('is a 502 if MLflow’s response is not HTTP or has no valid status', async () => {
    const answers = ['SSH-2.0-x\r\n', 'HTTP/1.1 799 Odd\r\ncontent-length: 0\r\n\r\n', ''];
    const port = await listen(
      createNetServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', (chunk) =>
          socket.end(answers[Number(/\/(\d) /.exec(chunk.toString())?.[1] ?? 2)]!),
        );
      }),
    );
    const gateway = await front(upstreamTo(port));
    for (const n of answers.keys()) {
      expect((await fetch(`http://127.0.0.1:${gateway.port}/${n}`, { method: 'POST' })).status).toBe(502);
    }
    expect(
      gateway.ended.map((end) => (end instanceof Error ? (end as { reason?: string }).reason : end.status)),
    ).toEqual(['upstream_invalid', 502, 'upstream_unreachable']);
  });

  it('keeps the connection between requests, also after a denial', async () => {
    const port = await stub((req, res) => (req.url === '/cut' ? res.destroy() : res.end(req.url)));
    const gateway = await front(upstreamTo(port));
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n`;
    const last = `${get('/2')}connection: close\r\n\r\n`;
    const text = await raw(gateway.port, `${get('/1')}\r\n${get('/cut')}\r\n${last}`);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 502', 'HTTP/1.1 200']);
  });
});

describe('a rewritten response', () => {
  const shout = (answer: { body: Buffer }): Buffer => Buffer.from(answer.body.toString().toUpperCase());
  const serve = (body: string, headers: Record<string, string> = {}, status = 200): Promise<number> =>
    stub((req, res) => {
      const seen = req.headers['accept-encoding'] === undefined ? 'plain' : 'encoded';
      res.writeHead(status, { 'content-type': 'application/json', 'x-seen': seen, ...headers }).end(body);
    });

  it('has the rewriter’s result, and the request asks for no content coding', async () => {
    const gateway = await front(
      upstreamTo(await serve('{"a":"b"}')),
      () => ({ headers: { 'accept-encoding': 'gzip' } }),
      shout,
    );
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/`);
    expect(answer.headers.get('x-seen')).toBe('plain');
    expect(answer.headers.get('x-request-id')).toBe('r1');
    expect(await answer.json()).toEqual({ A: 'B' });
    expect(await gateway.next()).toEqual({ status: 200, bytesIn: 0, bytesOut: 9, aborted: false });
  });

  it('keeps errors of MLflow unchanged', async () => {
    const gateway = await front(upstreamTo(await serve('{"error":"x"}', {}, 404)), undefined, shout);
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/`);
    expect([answer.status, await answer.text()]).toEqual([404, '{"error":"x"}']);
  });

  it.each([
    ['not JSON', '<html>', { 'content-type': 'text/html' }, shout, 'upstream_invalid', 502],
    ['too long', `"${'x'.repeat(8 * 1024 * 1024)}"`, {}, shout, 'upstream_invalid', 502],
    [
      'refused by a failing rewriter',
      '{}',
      {},
      () => {
        throw new Error('defect');
      },
      'internal_error',
      500,
    ],
  ])(
    'sends nothing of MLflow’s response if it is %s',
    async (_, body, headers, transform, reason, status) => {
      const gateway = await front(
        upstreamTo(await serve(body, headers as Record<string, string>)),
        undefined,
        transform,
      );
      const answer = await fetch(`http://127.0.0.1:${gateway.port}/`);
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ reason });
    },
  );

  it('is refused for a streamed request', async () => {
    const gateway = await front(upstreamTo(await serve('{}')), () => ({ body: 'stream' }), shout);
    expect((await fetch(`http://127.0.0.1:${gateway.port}/`, { method: 'PUT', body: 'x' })).status).toBe(500);
  });

  it('aborts the request when the caller leaves', async () => {
    const asked = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const port = await stub((req) => {
      req.socket.on('close', () => left.resolve());
      asked.resolve();
    });
    const gateway = await front(upstreamTo(port), undefined, shout);
    const call = request({ port: gateway.port, host: '127.0.0.1' }).on('error', () => {});
    call.end();
    await asked.promise;
    call.destroy();
    await left.promise;
    expect(await gateway.next()).toEqual({ status: 499, bytesIn: 0, bytesOut: 0, aborted: true });
  });
});

describe('failures', () => {
  it('a refused connection is upstream_unreachable', async () => {
    const port = await echo();
    const closed = createServer();
    const free = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));
    expect(free).not.toBe(port);
    const logger = listeningLogger();
    const gateway = await front(upstreamTo(free, { logger }));
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/`);
    expect([answer.status, await answer.json()]).toEqual([
      502,
      { reason: 'upstream_unreachable', message: 'MLflow cannot be reached (ECONNREFUSED).' },
    ]);
    expect(gateway.ended[0]).toMatchObject({ reason: 'upstream_unreachable' });
  });
});
