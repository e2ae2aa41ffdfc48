import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { front, listen, raw, read, stub, upstreamTo } from './testing/servers.ts';
import { deaf } from './testing/sockets.ts';

const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

describe('the time until the first byte', () => {
  it('is limited, and the request to MLflow is aborted', async () => {
    const left = Promise.withResolvers<void>();
    const port = await stub((req) => void req.socket.on('close', () => left.resolve()));
    const gateway = await front(upstreamTo(port, { requestTimeoutMs: 100 }));
    const started = performance.now();
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/`);
    const took = performance.now() - started;
    expect(answer.status).toBe(504);
    expect(await answer.json()).toEqual({
      reason: 'upstream_timeout',
      message: 'MLflow did not answer within 0.1 seconds.',
    });
    expect(took).toBeGreaterThan(95);
    expect(took).toBeLessThan(1_000);
    await left.promise;
  });

  it('does not limit the rest of the response', async () => {
    const port = await stub(async (_req, res) => {
      for (let i = 0; i < 6; i++) {
        res.write('x');
        await wait(60);
      }
      res.end();
    });
    const gateway = await front(upstreamTo(port, { requestTimeoutMs: 100 }));
    expect(await (await fetch(`http://127.0.0.1:${gateway.port}/`)).text()).toBe('xxxxxx');
  });

  it('does not limit an upload', async () => {
    const port = await stub(async (req, res) => res.end(String((await read(req)).length)));
    const gateway = await front(
      upstreamTo(port, { requestTimeoutMs: 100, streamIdleTimeoutMs: 400 }),
      () => ({ body: 'stream' }),
    );
    const call = request({
      host: '127.0.0.1',
      port: gateway.port,
      method: 'PUT',
      headers: { 'content-length': 6 },
    });
    const answered = new Promise<string>((resolve) =>
      call.on('response', async (answer) => resolve(String(await read(answer)))),
    );
    for (let i = 0; i < 6; i++) {
      call.write('x');
      await wait(60);
    }
    call.end();
    expect(await answered).toBe('6');
  });

  it('includes the wait for a connection; a request that times out there never reaches MLflow', async () => {
    const seen: string[] = [];
    const port = await stub((req, res) => {
      seen.push(`${req.method} ${req.url}`);
      res.write('begun');
      setTimeout(() => res.end(), 300);
    });
    for (const body of ['stream', Buffer.from('x')] as const) {
      const upstream = upstreamTo(port, { requestTimeoutMs: 100, maxSockets: 1 });
      const gateway = await front(upstream, (req) => (req.method === 'POST' ? { body } : {}));
      const first = fetch(`http://127.0.0.1:${gateway.port}/first`).then((answer) => answer.text());
      await wait(30);
      const second = await fetch(`http://127.0.0.1:${gateway.port}/second`, { method: 'POST', body: 'x' });
      expect([second.status, await first]).toEqual([504, 'begun']);
      await fetch(`http://127.0.0.1:${gateway.port}/third`);
    }
    expect(seen).toEqual(['GET /first', 'GET /third', 'GET /first', 'GET /third']);
  });

  it('includes the connection set-up, also for an upload', async () => {
    const port = await deaf();
    const fillers = Array.from({ length: 6 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await wait(100);
    const gateway = await front(upstreamTo(port, { requestTimeoutMs: 150 }), (req) =>
      req.method === 'PUT' ? { body: 'stream' } : {},
    );
    for (const method of ['GET', 'PUT']) {
      const answer = await fetch(`http://127.0.0.1:${gateway.port}/`, { method });
      expect(await answer.json()).toEqual({
        reason: 'upstream_timeout',
        message: 'MLflow did not answer within 0.15 seconds.',
      });
    }
    for (const filler of fillers) filler.destroy();
  });
});

describe('a response that waits for the artifact store', () => {
  it('has the idle timeout of an upload', async () => {
    const port = await stub(
      (req, res) => void setTimeout(() => res.end('it'), req.url === '/slow' ? 250 : 5_000),
    );
    const upstream = upstreamTo(port, { requestTimeoutMs: 100, streamIdleTimeoutMs: 500 });
    const gateway = await front(upstream, (req) => ({ awaitsStorage: true, path: req.url ?? '/' }));
    expect(await (await fetch(`http://127.0.0.1:${gateway.port}/slow`)).text()).toBe('it');
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/never`);
    expect([answer.status, await answer.json()]).toMatchObject([
      504,
      { message: 'MLflow did not answer within 0.5 seconds.' },
    ]);
  });

  it('waits for a connection no longer than any other request', async () => {
    const port = await deaf();
    const fillers = Array.from({ length: 6 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await wait(100);
    const upstream = upstreamTo(port, { requestTimeoutMs: 100, streamIdleTimeoutMs: 5_000 });
    const gateway = await front(upstream, () => ({ awaitsStorage: true }));
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/`);
    expect(await answer.json()).toMatchObject({ message: 'MLflow did not answer within 0.1 seconds.' });
    for (const filler of fillers) filler.destroy();
  });
});

describe('a stalled body', () => {
  it('ends a download when the caller stops reading', async () => {
    const left = Promise.withResolvers<void>();
    const chunk = Buffer.alloc(1024 * 1024);
    const port = await stub((req, res) => {
      req.socket.on('close', () => left.resolve());
      const more = (): void => {
        while (res.write(chunk));
        res.once('drain', more);
      };
      more();
    });
    const gateway = await front(upstreamTo(port, { streamIdleTimeoutMs: 200 }));
    const socket = connect(gateway.port, '127.0.0.1', () => socket.write(GET));
    socket.on('error', () => {});
    socket.once('readable', () => socket.pause());
    await left.promise;
    expect(await gateway.next()).toMatchObject({ status: 200, aborted: true });
    socket.destroy();
  });

  it('ends a download when MLflow stops sending', async () => {
    const port = await stub((_req, res) => void res.write('begun'));
    const gateway = await front(upstreamTo(port, { streamIdleTimeoutMs: 100 }));
    const text = await raw(gateway.port, GET, 2_000);
    expect(text).toContain('begun');
    expect(await gateway.next()).toEqual({ status: 200, bytesIn: 0, bytesOut: 5, aborted: true });
  });

  it('ends an upload when the caller stops sending, with a denial', async () => {
    const left = Promise.withResolvers<void>();
    const port = await stub((req) => void req.resume().on('close', () => left.resolve()));
    const gateway = await front(upstreamTo(port, { streamIdleTimeoutMs: 100 }), () => ({ body: 'stream' }));
    const text = await raw(gateway.port, 'PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nsome', 2_000);
    expect(text).toMatch(/^HTTP\/1\.1 400[\s\S]*No part of the body arrived for 0\.1 seconds/);
    await left.promise;
  });

  it('ends an upload when MLflow stops reading', async () => {
    const port = await listen(createServer((socket) => void socket.on('error', () => {}).pause()));
    const gateway = await front(upstreamTo(port, { streamIdleTimeoutMs: 200 }), () => ({ body: 'stream' }));
    const call = request({ host: '127.0.0.1', port: gateway.port, method: 'PUT' }).on('error', () => {});
    const chunk = Buffer.alloc(1024 * 1024);
    const more = (): void => {
      while (!call.destroyed && call.write(chunk));
      if (!call.destroyed) call.once('drain', more);
    };
    more();
    expect(await gateway.next()).toMatchObject({ reason: 'upstream_timeout' });
    call.destroy();
  });

  it('has no limit while bytes move, at any speed', async () => {
    const port = await stub(async (_req, res) => {
      for (let i = 0; i < 10; i++) {
        res.write('x');
        await wait(40);
      }
      res.end();
    });
    const gateway = await front(upstreamTo(port, { streamIdleTimeoutMs: 150 }));
    expect(await (await fetch(`http://127.0.0.1:${gateway.port}/`)).text()).toBe('xxxxxxxxxx');
  });

  it('ends a rewritten response when the caller stops reading', async () => {
    const big = Buffer.from(JSON.stringify('x'.repeat(1024)));
    const port = await stub((_req, res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end(big),
    );
    const gateway = await front(upstreamTo(port, { streamIdleTimeoutMs: 200 }), undefined, () =>
      Buffer.alloc(32 * 1024 * 1024),
    );
    const socket = connect(gateway.port, '127.0.0.1', () => socket.write(GET));
    socket.on('error', () => {});
    socket.once('readable', () => socket.pause());
    expect(await gateway.next()).toMatchObject({ status: 200, aborted: true });
    socket.destroy();
  });
});
