import { request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { front, raw, read, stub, upstreamTo } from './testing/servers.ts';

const MIB = 1024 * 1024;
const SIZE = 50 * MIB;
/**
 * The most bytes in transit: in the kernel's buffers of two connections (a few MiB each way) and in the gateway's
 * memory together.
 */
const ON_ITS_WAY = 16 * MIB;

/** Zeros, produced on demand. */
function* zeros(bytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024);
  for (let left = bytes; left > 0; left -= chunk.length)
    yield chunk.subarray(0, Math.min(left, chunk.length));
}

describe('uploads', () => {
  const put = (port: number, headers: Record<string, string | number>) =>
    request({ host: '127.0.0.1', port, method: 'PUT', path: '/', headers });

  it.each([
    ['with a length', { 'content-length': SIZE }, String(SIZE), undefined],
    ['in chunks', { 'transfer-encoding': 'chunked' }, undefined, 'chunked'],
  ])(
    'of 50 MiB %s arrive whole, with the caller’s framing, no faster than MLflow reads',
    async (_, headers, length, coding) => {
      let taken = 0;
      const port = await stub(async (req, res) => {
        await wait(300);
        for await (const chunk of req) {
          taken += (chunk as Buffer).length;
          if (taken % (4 * MIB) < 65536) await wait(2);
        }
        res.end(JSON.stringify([req.headers['content-length'], req.headers['transfer-encoding']]));
      });
      const gateway = await front(upstreamTo(port), () => ({ body: 'stream' }));
      const call = put(gateway.port, headers);
      let sent = 0;
      let ahead = 0;
      const source = Readable.from(
        (function* () {
          for (const chunk of zeros(SIZE)) {
            sent += chunk.length;
            ahead = Math.max(ahead, sent - taken);
            yield chunk;
          }
        })(),
        { highWaterMark: 1 },
      );
      source.pipe(call);
      const answer = await new Promise<Readable>((resolve, reject) =>
        call.on('response', resolve).on('error', reject),
      );
      expect(JSON.parse((await read(answer)).toString())).toEqual([length ?? null, coding ?? null]);
      expect(taken).toBe(SIZE);
      expect(ahead).toBeLessThan(ON_ITS_WAY);
      expect(await gateway.next()).toMatchObject({ status: 200, bytesIn: SIZE, aborted: false });
    },
  );

  it('without a body are sent with Content-Length 0', async () => {
    const port = await stub(async (req, res) =>
      res.end(`${req.headers['content-length']} ${(await read(req)).length}`),
    );
    const gateway = await front(upstreamTo(port), () => ({ body: 'stream' }));
    expect(await raw(gateway.port, 'PUT / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(/0 0$/);
  });

  it('are sent without trailers', async () => {
    const port = await stub(async (req, res) => {
      await read(req);
      res.end(`[${req.rawTrailers}]`);
    });
    const gateway = await front(upstreamTo(port), () => ({ body: 'stream' }));
    const sent =
      'PUT / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n1\r\na\r\n0\r\nx-t: evil\r\n\r\n';
    expect(await raw(gateway.port, sent)).toContain('[]');
  });

  it('with Expect get a 100 once there is a connection to MLflow, and not before', async () => {
    const port = await stub(async (req, res) => res.end(`got ${await read(req)} ${req.headers.expect}`));
    const gateway = await front(upstreamTo(port), () => ({ body: 'stream' }));
    gateway.server.on('checkContinue', (req, res) => gateway.server.emit('request', req, res));
    const text = await new Promise<string>((resolve) => {
      let seen = '';
      const socket = connect(gateway.port, '127.0.0.1', () =>
        socket.write(
          'PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n',
        ),
      );
      socket.on('data', (chunk) => {
        seen += chunk;
        if (seen === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('hi');
      });
      socket.on('end', () => resolve(seen));
    });
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK[\s\S]*got hi undefined/);

    const dead = await front(upstreamTo('http://127.0.0.1:1'), () => ({ body: 'stream' }));
    dead.server.on('checkContinue', (req, res) => dead.server.emit('request', req, res));
    const held =
      'PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n';
    expect(await raw(dead.port, held)).toMatch(/^HTTP\/1\.1 502/);
  });

  it('with Expect get one 100 if the server has sent it already', async () => {
    const port = await stub(async (req, res) => res.end(`got ${await read(req)}`));
    const gateway = await front(upstreamTo(port), () => ({ body: 'stream' }));
    const text = await raw(
      gateway.port,
      'PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nexpect: 100-continue\r\nconnection: close\r\n\r\nhi',
    );
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
  });

  it('that MLflow refuses early get its response', async () => {
    const port = await stub((_req, res) => res.writeHead(413).end('too large'));
    const gateway = await front(upstreamTo(port), () => ({ body: 'stream' }));
    const call = put(gateway.port, { 'content-length': 4 * MIB });
    call.on('error', () => {});
    Readable.from(zeros(4 * MIB)).pipe(call);
    const answer = await new Promise<Readable & { statusCode?: number }>((resolve) =>
      call.on('response', resolve),
    );
    expect([answer.statusCode, (await read(answer)).toString()]).toEqual([413, 'too large']);
    expect(await gateway.next()).toMatchObject({ status: 413, aborted: false });
  });

  it('end for MLflow too when the caller leaves', async () => {
    const arrived = Promise.withResolvers<void>();
    const left = Promise.withResolvers<boolean>();
    const port = await stub((req) => {
      req.on('data', () => arrived.resolve()).on('close', () => left.resolve(req.complete));
    });
    const gateway = await front(upstreamTo(port), () => ({ body: 'stream' }));
    const call = put(gateway.port, { 'content-length': 1000 }).on('error', () => {});
    call.write('some');
    await arrived.promise;
    call.destroy();
    expect(await left.promise).toBe(false);
    expect(await gateway.next()).toEqual({ status: 499, bytesIn: 4, bytesOut: 0, aborted: true });
  });
});

describe('downloads', () => {
  it.each([
    ['with a length', { 'content-length': SIZE }],
    ['in chunks', {}],
  ])('of 50 MiB %s arrive whole, and are read no faster than the caller reads', async (_, headers) => {
    let given = 0;
    let taken = 0;
    let ahead = 0;
    const port = await stub((_req, res) => {
      res.writeHead(200, headers as Record<string, number>);
      const source = Readable.from(
        (function* () {
          for (const chunk of zeros(SIZE)) {
            given += chunk.length;
            ahead = Math.max(ahead, given - taken);
            yield chunk;
          }
        })(),
        { highWaterMark: 1 },
      );
      source.pipe(res);
    });
    const gateway = await front(upstreamTo(port));
    const call = request({ host: '127.0.0.1', port: gateway.port });
    call.end();
    const answer = await new Promise<Readable>((resolve, reject) =>
      call.on('response', resolve).on('error', reject),
    );
    await wait(300);
    for await (const chunk of answer) {
      taken += (chunk as Buffer).length;
      if (taken % (4 * MIB) < 65536) await wait(2);
    }
    expect(taken).toBe(SIZE);
    expect(ahead).toBeLessThan(ON_ITS_WAY);
    expect(await gateway.next()).toEqual({ status: 200, bytesIn: 0, bytesOut: SIZE, aborted: false });
  });

  it('that MLflow aborts are aborted for the caller, never ended as if complete', async () => {
    let cut = (): void => {};
    const port = await stub((_req, res) => {
      cut = () => void res.destroy();
      res.write('begun');
    });
    const gateway = await front(upstreamTo(port));
    const get = 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    const text = await raw(gateway.port, get, (seen) => {
      if (seen.includes('begun')) cut();
    });
    expect(text).toContain('begun');
    expect(text.endsWith('0\r\n\r\n')).toBe(false);
    expect(await gateway.next()).toEqual({ status: 200, bytesIn: 0, bytesOut: 5, aborted: true });
  });

  it('end for MLflow too when the caller leaves, before or after the first byte', async () => {
    for (const first of ['', 'begun']) {
      const [asked, begun, left] = [0, 1, 2].map(() => Promise.withResolvers<void>());
      const port = await stub((req, res) => {
        req.socket.on('close', () => left!.resolve());
        if (first) res.write(first);
        asked!.resolve();
      });
      const gateway = await front(upstreamTo(port));
      const call = request({ host: '127.0.0.1', port: gateway.port }).on('error', () => {});
      call.on('response', (answer) => answer.on('error', () => {}).on('data', () => begun!.resolve()));
      call.end();
      await (first ? begun : asked)!.promise;
      call.destroy();
      await left!.promise;
      const status = first ? 200 : 499;
      expect(await gateway.next()).toEqual({ status, bytesIn: 0, bytesOut: first.length, aborted: true });
    }
  });

  it('for a caller who has already left are not requested', async () => {
    let asked = 0;
    const port = await stub((_req, res) => {
      asked++;
      res.end();
    });
    const arrived = Promise.withResolvers<void>();
    const gateway = await front(upstreamTo(port), async (req) => {
      arrived.resolve();
      await new Promise((resolve) => req.socket.once('close', resolve));
      await turn();
      return {};
    });
    const call = request({ host: '127.0.0.1', port: gateway.port }).on('error', () => {});
    call.end();
    await arrived.promise;
    call.destroy();
    expect(await gateway.next()).toMatchObject({ status: 499, aborted: true });
    expect(asked).toBe(0);
  });
});
