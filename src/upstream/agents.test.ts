import { type Agent, createServer, get } from 'node:http';
import { expect, it } from 'vitest';
import { Agents } from './agents.ts';
import { listen } from './testing/servers.ts';

const ask = (port: number, agent: Agent): Promise<{ reused: boolean; connection: string | undefined }> =>
  new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, agent }, (answer) => {
      answer.resume().on('end', () =>
        // The connection is free for the next request in the next turn.
        setImmediate(resolve, {
          reused: request.reusedSocket,
          connection: answer.headers['x-saw'] as string,
        }),
      );
    });
    request.on('error', reject);
  });

it('keeps connections or opens new ones, and switches immediately', async () => {
  const port = await listen(
    createServer((req, res) => res.setHeader('x-saw', req.headers.connection ?? '').end()),
  );
  const agents = new Agents({ secure: false, maxSockets: 2, use: 'keepalive' });
  expect(await ask(port, agents.current)).toEqual({ reused: false, connection: 'keep-alive' });
  expect(await ask(port, agents.current)).toEqual({ reused: true, connection: 'keep-alive' });
  agents.use = 'fresh';
  expect(await ask(port, agents.current)).toEqual({ reused: false, connection: 'close' });
  expect(await ask(port, agents.current)).toEqual({ reused: false, connection: 'close' });
  agents.use = 'keepalive';
  expect(await ask(port, agents.current)).toMatchObject({ reused: true });
  const apart = agents.forMeasuring();
  expect(await ask(port, apart.current)).toMatchObject({ reused: false });
  apart.close();
  expect(await ask(port, agents.current)).toMatchObject({ reused: true });
  agents.close();
});

it('limits the connections, and never reuses a fresh one for a waiting request', async () => {
  let open = 0;
  let most = 0;
  const server = createServer((req, res) =>
    setTimeout(() => res.setHeader('x-saw', req.headers.connection ?? '').end(), 20),
  );
  server.on('connection', (socket) => {
    most = Math.max(most, ++open);
    socket.on('close', () => open--);
  });
  const port = await listen(server);
  const agents = new Agents({ secure: false, maxSockets: 2, use: 'fresh' });
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask(port, agents.current)));
  expect(answers).toEqual(Array.from({ length: 6 }, () => ({ reused: false, connection: 'close' })));
  expect(most).toBe(2);
  agents.close();
});

it('closes an idle connection before uvicorn does, after 5 seconds', async () => {
  const server = createServer((_req, res) => res.end());
  // uvicorn sends no hint of its timeout; Node as a server does.
  server.keepAliveTimeout = 0;
  const port = await listen(server);
  const agents = new Agents({ secure: false, maxSockets: 2, use: 'keepalive' });
  await ask(port, agents.current);
  const free = Object.values(agents.kept.freeSockets)[0]![0]!;
  expect(free.timeout).toBeGreaterThan(0);
  expect(free.timeout).toBeLessThan(4_900);
  await new Promise((resolve) => free.once('close', resolve));
  agents.close();
});
