import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
// undici's entry adds `request` to every dispatcher.
import 'undici';
import type { Dispatcher } from 'undici';
import { expect, it } from 'vitest';
import { endpointOf } from './endpoint.ts';
import { type ConnectionUse, Pools } from './pools.ts';
import { parseAddress } from './testing/address.ts';
import { listen } from './testing/servers.ts';

const poolsTo = (port: number, use: ConnectionUse): Pools =>
  new Pools({
    endpoint: endpointOf(parseAddress(`http://127.0.0.1:${port}`)),
    connectTimeoutMs: 60_000,
    maxSockets: 2,
    use,
  });

/** Sends a request; the server says which of its connections it was, and what the request asked for. */
async function ask(pool: Dispatcher): Promise<{ socket: string; connection: string }> {
  const { headers, body } = await pool.request({ method: 'GET', path: '/' });
  await body.dump();
  // The connection is free for the next request in the next turn.
  await turn();
  return { socket: String(headers['x-socket']), connection: String(headers['x-saw']) };
}

/** A server that says of each request on which connection it came. */
function telling() {
  let connections = 0;
  const numbers = new WeakMap<object, number>();
  const server = createServer((req, res) =>
    res
      .setHeader('x-socket', numbers.get(req.socket)!)
      .setHeader('x-saw', req.headers.connection ?? '')
      .end(),
  );
  server.on('connection', (socket) => numbers.set(socket, ++connections));
  return server;
}

it('keeps connections or opens new ones, and switches immediately', async () => {
  const pools = poolsTo(await listen(telling()), 'keepalive');
  expect(await ask(pools.current)).toEqual({ socket: '1', connection: 'keep-alive' });
  expect(await ask(pools.current)).toEqual({ socket: '1', connection: 'keep-alive' });
  pools.use = 'fresh';
  expect(await ask(pools.current)).toEqual({ socket: '2', connection: 'close' });
  expect(await ask(pools.current)).toEqual({ socket: '3', connection: 'close' });
  pools.use = 'keepalive';
  expect(await ask(pools.current)).toMatchObject({ socket: '1' });
  const apart = pools.forMeasuring();
  expect(await ask(apart.current)).toMatchObject({ socket: '4' });
  apart.close();
  expect(await ask(pools.current)).toMatchObject({ socket: '1' });
  pools.useCredentials({});
  expect(await ask(pools.current)).toMatchObject({ socket: '5' });
  pools.close();
});

it('limits the connections, and never reuses a fresh one for a waiting request', async () => {
  let open = 0;
  let most = 0;
  const server = telling();
  server.on('connection', (socket) => {
    most = Math.max(most, ++open);
    socket.on('close', () => open--);
  });
  const pools = poolsTo(await listen(server), 'fresh');
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask(pools.current)));
  expect(new Set(answers.map(({ socket }) => socket)).size).toBe(6);
  expect(new Set(answers.map(({ connection }) => connection))).toEqual(new Set(['close']));
  expect(most).toBe(2);
  pools.close();
});

it('closes an idle connection before uvicorn does, after 5 seconds', async () => {
  const server = createServer((_req, res) => res.end());
  // uvicorn sends no hint of its timeout; Node as a server does.
  server.keepAliveTimeout = 0;
  let opened = 0;
  let closed = 0;
  server.on('connection', (socket) => {
    opened = performance.now();
    socket.on('close', () => {
      closed = performance.now();
    });
  });
  const pools = poolsTo(await listen(server), 'keepalive');
  await (await pools.current.request({ method: 'GET', path: '/' })).body.dump();
  await expect.poll(() => closed).toBeGreaterThan(0);
  expect(closed - opened).toBeGreaterThan(2_000);
  pools.close();
});
