import { createServer, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { listenOnLoopback } from '../dev/loopback.ts';
import { askOnce, load } from './load.ts';

const REQUEST = Buffer.from('GET /x HTTP/1.1\r\nhost: h\r\n\r\n');
let server: Server | undefined;
afterEach(() => server?.close());

/** Answers the nth request with the nth status, the last one from then on. */
async function serve(...statuses: number[]) {
  const seen = { requests: 0, connections: 0, atOnce: 0, most: 0 };
  server = createServer((_req, res) => {
    const status = statuses[Math.min(seen.requests, statuses.length - 1)]!;
    seen.requests++;
    seen.most = Math.max(seen.most, ++seen.atOnce);
    setImmediate(() => {
      seen.atOnce--;
      res.writeHead(status, { 'content-length': 2 }).end('ok');
    });
  });
  server.on('connection', () => seen.connections++);
  const { port } = await listenOnLoopback(server);
  return { seen, target: { host: '127.0.0.1', port } };
}

it('sends the given number of requests over the given number of connections, one at a time on each', async () => {
  const { seen, target } = await serve(200);
  const { latencies, elapsedMs } = await load({ target, next: () => REQUEST, connections: 4, answers: 50 });
  expect(latencies).toHaveLength(50);
  expect(seen).toMatchObject({ requests: 50, connections: 4 });
  expect(seen.most).toBeGreaterThan(1);
  expect(seen.most).toBeLessThanOrEqual(4);
  expect(elapsedMs).toBeGreaterThan(Math.max(...latencies) - 1);
});

it('ends after the given time and counts every response', async () => {
  const { seen, target } = await serve(200);
  const { latencies } = await load({ target, next: () => REQUEST, connections: 2, seconds: 0.1 });
  expect(latencies.length).toBe(seen.requests);
  expect(latencies.length).toBeGreaterThan(0);
});

it('fails if a request is refused', async () => {
  const { target } = await serve(200, 200, 403);
  const result = load({ target, next: () => REQUEST, connections: 1, answers: 10 });
  await expect(result).rejects.toThrow(/403/);
});

it('does not wait for an unreachable server', async () => {
  const { target } = await serve(200);
  await new Promise((resolve) => server!.close(resolve));
  await expect(load({ target, next: () => REQUEST, connections: 2, answers: 1 })).rejects.toThrow(
    /ECONNREFUSED/,
  );
});

it('askOnce sends one request and returns its response', async () => {
  const { target } = await serve(404);
  const answer = await askOnce(target, REQUEST);
  expect(answer.status).toBe(404);
  expect(answer.body.toString()).toBe('ok');
});
