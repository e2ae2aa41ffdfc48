import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { listen, read, stub, upstreamTo } from './testing/servers.ts';
import type { ForwardResult } from './types.ts';

/** The events of a forwarded request, in order. */
interface Told {
  readonly port: number;
  readonly events: string[];
  readonly ended: Promise<ForwardResult | Error>;
  /** The caller's connection is closed, as the gateway sees it. */
  readonly left: Promise<void>;
}

/** A gateway of one step that waits for `answered`. */
async function holding(to: number, method: string, requestTimeoutMs = 60_000): Promise<Told> {
  const upstream = upstreamTo(to, { requestTimeoutMs });
  const events: string[] = [];
  const { promise, resolve } = Promise.withResolvers<ForwardResult | Error>();
  const left = Promise.withResolvers<void>();
  const server = createServer(async (req, res) => {
    res.once('close', left.resolve);
    const body = method === 'GET' ? undefined : Buffer.from('{}');
    const outgoing = { method, path: '/', headers: {}, body };
    const answered = (): void => void events.push('answered');
    const end = await upstream.forward(req, res, outgoing, {}, { answered }).catch((e: Error) => e);
    events.push('ended');
    resolve(end);
  });
  return { port: await listen(server), events, ended: promise, left: left.promise };
}

const JSON_TYPE = { 'content-type': 'application/json' };

it.each(['GET', 'POST'])('reports the response to a %s that the caller does not read', async (method) => {
  const mlflow = await stub((_req, res) =>
    res.writeHead(200, JSON_TYPE).end(JSON.stringify('x'.repeat(4e6))),
  );
  const { port, events } = await holding(mlflow, method);
  const socket = connect(port, '127.0.0.1', () =>
    socket.pause().write(`${method} / HTTP/1.1\r\nHost: g\r\n\r\n`),
  );
  // If the kernel's buffers have room for the whole response, the end follows immediately.
  await expect.poll(() => events[0]).toBe('answered');
  socket.destroy();
  await expect.poll(() => events).toEqual(['answered', 'ended']);
});

it('sends a write to its end after the caller has left, and ends only then', async () => {
  const arrived = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const seen: string[] = [];
  const mlflow = await stub(async (req, res) => {
    await read(req);
    arrived.resolve();
    req.on('close', () => seen.push('closed'));
    await go.promise;
    seen.push('changed');
    res.writeHead(200, JSON_TYPE).end('{}');
  });
  const { port, events, ended, left } = await holding(mlflow, 'PATCH');
  const caller = request({ port, method: 'PATCH' }).on('error', () => {});
  caller.end();
  await arrived.promise;
  caller.destroy();
  await left;
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(events).toEqual([]);
  go.resolve();
  expect(await ended).toMatchObject({ status: 499, aborted: true });
  expect(events).toEqual(['answered', 'ended']);
  expect(seen[0]).toBe('changed');
});

it('aborts a read when the caller leaves', async () => {
  const arrived = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const mlflow = await stub((_req, res) => {
    res.on('close', closed.resolve);
    arrived.resolve();
  });
  const { port, events, ended } = await holding(mlflow, 'GET');
  const caller = request({ port }).on('error', () => {});
  caller.end();
  await arrived.promise;
  caller.destroy();
  expect(await ended).toMatchObject({ aborted: true });
  await closed.promise;
  expect(events).toEqual(['ended']);
});

it('does not report a response that never arrives', async () => {
  const mlflow = await stub(() => {});
  const { port, events, ended } = await holding(mlflow, 'POST', 50);
  const answer = fetch(`http://127.0.0.1:${port}/`, { method: 'POST' }).catch(() => undefined);
  expect(await ended).toMatchObject({ reason: 'upstream_timeout' });
  expect(events).toEqual(['ended']);
  void answer;
});
