/**
 * A server may close an idle connection while the next request is on its way (RFC 9112 section 9.5). Here every
 * connection closes on its second request, without a response.
 */
import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { front, listen, upstreamTo } from './testing/servers.ts';

const forgetful = async (): Promise<{ port: number; seen: string[] }> => {
  const seen: string[] = [];
  const used = new WeakSet<object>();
  const server = createServer((req, res) => {
    seen.push(`${req.method} ${req.url}`);
    if (used.has(req.socket)) {
      req.socket.destroy();
      return;
    }
    used.add(req.socket);
    req.resume().on('end', () => res.end('ok'));
  });
  return { port: await listen(server), seen };
};

const call = async (port: number, path: string, init: RequestInit = {}): Promise<number> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
  await answer.text();
  return answer.status;
};

it('repeats a GET once, on a new connection', async () => {
  const { port, seen } = await forgetful();
  const gateway = await front(upstreamTo(port));
  expect([await call(gateway.port, '/1'), await call(gateway.port, '/2')]).toEqual([200, 200]);
  expect(seen).toEqual(['GET /1', 'GET /2', 'GET /2']);
  expect(gateway.ended).toEqual(Array(2).fill({ status: 200, bytesIn: 0, bytesOut: 2, aborted: false }));
});

it('repeats a GET of the gateway’s own', async () => {
  const { port, seen } = await forgetful();
  const upstream = upstreamTo(port);
  for (const path of ['/1', '/2']) {
    expect((await upstream.ask({ method: 'GET', path, headers: {}, body: undefined })).status).toBe(200);
    // The connection is free for the next request in the next turn.
    await turn();
  }
  expect(seen).toEqual(['GET /1', 'GET /2', 'GET /2']);
});

it.each([
  ['a POST', { method: 'POST' }, undefined],
  ['a DELETE', { method: 'DELETE' }, undefined],
  ['a body in memory', { method: 'POST' }, Buffer.from('{}')],
  ['a streamed body', { method: 'PUT', body: 'x' }, 'stream'],
] as const)('does not repeat %s', async (_, init, body) => {
  const { port, seen } = await forgetful();
  const gateway = await front(upstreamTo(port), (req) => (req.url === '/1' ? {} : { body }));
  expect([await call(gateway.port, '/1'), await call(gateway.port, '/2', init)]).toEqual([200, 502]);
  expect(seen.filter((line) => line.endsWith('/2'))).toHaveLength(1);
  expect(gateway.ended[1]).toMatchObject({
    reason: 'upstream_unreachable',
    message: expect.stringContaining('It may have processed the request'),
  });
});

it('does not repeat a GET that fails on a new connection', async () => {
  let asked = 0;
  const server = createServer((req) => {
    if (req.url === '/1') asked++;
    req.socket.destroy();
  });
  const gateway = await front(upstreamTo(await listen(server)));
  expect(await call(gateway.port, '/1')).toBe(502);
  expect(asked).toBe(1);
});
