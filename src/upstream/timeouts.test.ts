import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { found } from '../../dev/waiting.ts';
import { stopClock } from './testing/clock.ts';
import { front, listen, raw, read, stub, upstreamTo } from './testing/servers.ts';
import { deaf } from './testing/sockets.ts';

const GET = 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
/** The gateway looks at its clock eight times within a time limit. */
const LATE = 1.125;

/** A caller who stops reading as soon as the response has begun. */
function stopsReading(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(GET)).on('error', () => {});
    socket.once('readable', () => resolve(socket.pause()));
  });
}

describe('the time until the first byte', () => {
  it('is limited, and the request to MLflow is aborted', async () => {
    const pass = stopClock();
    const asked = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const port = await stub((req) => {
      req.socket.on('close', () => left.resolve());
      asked.resolve();
    });
    const gateway = await front(upstreamTo(port, { requestTimeoutMs: 100 }));
    const answer = fetch(`http://127.0.0.1:${gateway.port}/`);
    await asked.promise;
    await pass(100);
    expect(gateway.ended).toEqual([]);
    await pass(100 * LATE - 100);
    expect((await answer).status).toBe(504);
    expect(await (await answer).json()).toEqual({
      reason: 'upstream_timeout',
      message: 'MLflow did not answer within 0.1 seconds.',
    });
    await left.promise;
  });

  it('does not limit the rest of the response', async () => {
    const pass = stopClock();
    const rest = Promise.withResolvers<void>();
    const port = await stub(async (_req, res) => {
      res.write('begun, ');
      await rest.promise;
      res.end('ended');
    });
    const gateway = await front(upstreamTo(port, { requestTimeoutMs: 100 }));
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/`);
    await pass(10_000);
    rest.resolve();
    expect(await answer.text()).toBe('begun, ended');
  });

  it('does not limit an upload', async () => {
    const pass = stopClock();
    let arrived = 0;
    const port = await stub(async (req, res) => {
      req.on('data', (chunk: Buffer) => {
        arrived += chunk.length;
      });
      req.on('end', () => res.end(String(arrived)));
    });
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
    for (let i = 1; i <= 6; i++) {
      call.write('x');
      await found('the byte arrives', () => arrived === i);
      await pass(300);
    }
    call.end();
    expect(await answered).toBe('6');
  });

  it('includes the wait for a connection; a request that times out there never reaches MLflow', async () => {
    const pass = stopClock();
    const seen: string[] = [];
    let finish = (): void => {};
    const port = await stub((req, res) => {
      seen.push(`${req.method} ${req.url}`);
      res.write('begun');
      if (req.url === '/first') finish = () => res.end();
      else res.end();
    });
    for (const body of ['stream', Buffer.from('x')] as const) {
      const waits = Promise.withResolvers<void>();
      const upstream = upstreamTo(port, { requestTimeoutMs: 100, maxSockets: 1 });
      const gateway = await front(upstream, (req) => {
        if (req.method !== 'POST') return {};
        waits.resolve();
        return { body };
      });
      const first = await fetch(`http://127.0.0.1:${gateway.port}/first`);
      const second = fetch(`http://127.0.0.1:${gateway.port}/second`, { method: 'POST', body: 'x' });
      await waits.promise;
      await turn();
      await pass(100 * LATE);
      expect((await second).status).toBe(504);
      finish();
      expect(await first.text()).toBe('begun');
      expect(await (await fetch(`http://127.0.0.1:${gateway.port}/third`)).text()).toBe('begun');
    }
    expect(seen).toEqual(['GET /first', 'GET /third', 'GET /first', 'GET /third']);
  });

  it('includes the connection set-up, also for an upload', async () => {
    const port = await deaf();
    const pass = stopClock();
    for (const method of ['GET', 'PUT']) {
      const connects = Promise.withResolvers<void>();
      const gateway = await front(upstreamTo(port, { requestTimeoutMs: 150 }), (req) => {
        connects.resolve();
        return req.method === 'PUT' ? { body: 'stream' } : {};
      });
      const answer = fetch(`http://127.0.0.1:${gateway.port}/`, { method });
      await connects.promise;
      await turn();
      await pass(150 * LATE);
      expect(await (await answer).json()).toEqual({
        reason: 'upstream_timeout',
        message: 'MLflow did not answer within 0.15 seconds.',
      });
    }
  });
});

describe('a response that waits for the artifact store', () => {
  it('has the idle timeout of an upload', async () => {
    const pass = stopClock();
    const asked: string[] = [];
    let finish = (): void => {};
    const port = await stub((req, res) => {
      asked.push(req.url!);
      finish = () => res.end('it');
    });
    const upstream = upstreamTo(port, { requestTimeoutMs: 100, streamIdleTimeoutMs: 500 });
    const gateway = await front(upstream, (req) => ({ awaitsStorage: true, path: req.url ?? '/' }));
    const slow = fetch(`http://127.0.0.1:${gateway.port}/slow`);
    await found('the first request arrives', () => asked.length === 1);
    await pass(250);
    finish();
    expect(await (await slow).text()).toBe('it');
    const never = fetch(`http://127.0.0.1:${gateway.port}/never`);
    await found('the second request arrives', () => asked.length === 2);
    await pass(500);
    expect(gateway.ended).toHaveLength(1);
    await pass(500 * LATE - 500);
    expect([(await never).status, await (await never).json()]).toMatchObject([
      504,
      { message: 'MLflow did not answer within 0.5 seconds.' },
    ]);
  });

  it('waits for a connection no longer than any other request', async () => {
    const port = await deaf();
    const pass = stopClock();
    const connects = Promise.withResolvers<void>();
    const upstream = upstreamTo(port, { requestTimeoutMs: 100, streamIdleTimeoutMs: 5_000 });
    const gateway = await front(upstream, () => {
      connects.resolve();
      return { awaitsStorage: true };
    });
    const answer = fetch(`http://127.0.0.1:${gateway.port}/`);
    await connects.promise;
    await turn();
    await pass(100 * LATE);
    expect(await (await answer).json()).toMatchObject({
      message: 'MLflow did not answer within 0.1 seconds.',
    });
  });
});

describe('a stalled body', () => {
  it('ends a download when the caller stops reading', async () => {
    const pass = stopClock();
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
    const socket = await stopsReading(gateway.port);
    await pass.until(() => gateway.ended.length > 0);
    expect(await gateway.next()).toMatchObject({ status: 200, aborted: true });
    await left.promise;
    socket.destroy();
  });

  it('ends a download when MLflow stops sending', async () => {
    const port = await stub((_req, res) => void res.write('begun'));
    const gateway = await front(upstreamTo(port, { streamIdleTimeoutMs: 100 }));
    const text = await raw(gateway.port, GET);
    expect(text).toContain('begun');
    expect(await gateway.next()).toEqual({ status: 200, bytesIn: 0, bytesOut: 5, aborted: true });
  });

  it('ends an upload when the caller stops sending, with a denial', async () => {
    const pass = stopClock();
    let arrived = '';
    const left = Promise.withResolvers<void>();
    const port = await stub((req) => {
      req.on('close', () => left.resolve());
      req.on('data', (chunk) => {
        arrived += chunk;
      });
    });
    const gateway = await front(upstreamTo(port, { streamIdleTimeoutMs: 100 }), () => ({ body: 'stream' }));
    const text = raw(gateway.port, 'PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nsome');
    await found('the bytes arrive', () => arrived === 'some');
    await pass.until(() => gateway.ended.length > 0);
    expect(await text).toMatch(/^HTTP\/1\.1 400[\s\S]*No part of the body arrived for 0\.1 seconds/);
    await left.promise;
  });

  it('ends an upload when MLflow stops reading', async () => {
    const pass = stopClock();
    const port = await listen(createServer((socket) => void socket.on('error', () => {}).pause()));
    const gateway = await front(upstreamTo(port, { streamIdleTimeoutMs: 200 }), () => ({ body: 'stream' }));
    const call = request({ host: '127.0.0.1', port: gateway.port, method: 'PUT' }).on('error', () => {});
    const chunk = Buffer.alloc(1024 * 1024);
    const more = (): void => {
      while (!call.destroyed && call.write(chunk));
      if (!call.destroyed) call.once('drain', more);
    };
    more();
    await pass.until(() => gateway.ended.length > 0);
    expect(await gateway.next()).toMatchObject({ reason: 'upstream_timeout' });
    call.destroy();
  });

  it('has no limit while bytes move, at any speed', async () => {
    const pass = stopClock();
    let send = (_last: boolean): void => {};
    const port = await stub((_req, res) => {
      send = (last) => void (last ? res.end('x') : res.write('x'));
      send(false);
    });
    const gateway = await front(upstreamTo(port, { streamIdleTimeoutMs: 150 }));
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/`);
    let text = '';
    for await (const chunk of answer.body!) {
      text += Buffer.from(chunk).toString();
      if (text.length === 10) break;
      await pass(140);
      send(text.length === 9);
    }
    expect(text).toBe('xxxxxxxxxx');
  });

  it('ends a rewritten response when the caller stops reading', async () => {
    const pass = stopClock();
    const big = Buffer.from(JSON.stringify('x'.repeat(1024)));
    const port = await stub((_req, res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end(big),
    );
    const gateway = await front(upstreamTo(port, { streamIdleTimeoutMs: 200 }), undefined, () =>
      Buffer.alloc(32 * 1024 * 1024),
    );
    const socket = await stopsReading(gateway.port);
    await pass.until(() => gateway.ended.length > 0);
    expect(await gateway.next()).toMatchObject({ status: 200, aborted: true });
    socket.destroy();
  });
});
