import { expect, it } from 'vitest';
import { listeningLogger, read, stub, upstreamTo } from './testing/servers.ts';

const get = (path: string) => ({ method: 'GET', path, headers: {}, body: undefined }) as const;

it('reads the whole response with any status', async () => {
  const port = await stub(async (req, res) => {
    res.writeHead(404, { 'x-a': 'b' }).end(`${req.method} ${await read(req)}`);
  });
  const answer = await upstreamTo(port).ask({
    method: 'POST',
    path: '/x',
    headers: {},
    body: Buffer.from('{}'),
  });
  expect([answer.status, answer.headers['x-a'], answer.body.toString()]).toEqual([404, 'b', 'POST {}']);
});

it('refuses a response longer than the limit', async () => {
  const port = await stub((_req, res) => res.end('x'.repeat(101)));
  const upstream = upstreamTo(port);
  expect((await upstream.ask(get('/'), { limit: 101 })).body).toHaveLength(101);
  await expect(upstream.ask(get('/'), { limit: 100 })).rejects.toMatchObject({
    reason: 'upstream_invalid',
    message: "MLflow's response is longer than 100 bytes.",
  });
});

it('fails after the timeout, before the head and before the end', async () => {
  const port = await stub((req, res) => {
    if (req.url === '/head') res.write('x');
  });
  for (const path of ['/', '/head']) {
    const started = performance.now();
    await expect(upstreamTo(port).ask(get(path), { timeoutMs: 60 })).rejects.toMatchObject({
      reason: 'upstream_timeout',
    });
    expect(performance.now() - started).toBeLessThan(20_000);
  }
});

it('refuses an incomplete response', async () => {
  const port = await stub((_req, res) => {
    res.writeHead(200, { 'content-length': 10 }).write('half.');
    setTimeout(() => res.destroy(), 20);
  });
  await expect(upstreamTo(port).ask(get('/'))).rejects.toMatchObject({ reason: 'upstream_unreachable' });
});

it('refuses a streamed body', async () => {
  const logger = listeningLogger();
  const upstream = upstreamTo('http://127.0.0.1:1', { logger });
  await expect(
    upstream.ask({ method: 'PUT', path: '/', headers: {}, body: 'stream' }),
  ).rejects.toBeInstanceOf(TypeError);
  expect(logger.lines).toEqual([]);
});
