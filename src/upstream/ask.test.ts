import { expect, it } from 'vitest';
import { listeningLogger, read, stub, upstreamTo } from './testing/servers.ts';

const get = (path: string) => ({ method: 'GET', path, headers: {}, body: undefined }) as const;

it('reads the whole answer, whatever its status', async () => {
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

it('reads so much and no more', async () => {
  const port = await stub((_req, res) => res.end('x'.repeat(101)));
  const upstream = upstreamTo(port);
  expect((await upstream.ask(get('/'), { limit: 101 })).body).toHaveLength(101);
  await expect(upstream.ask(get('/'), { limit: 100 })).rejects.toMatchObject({
    reason: 'upstream_invalid',
    message: "MLflow's answer is longer than 100 bytes.",
  });
});

it('waits so long and no longer, for the head and for the whole', async () => {
  const port = await stub((req, res) => {
    if (req.url === '/head') res.write('x');
  });
  for (const path of ['/', '/head']) {
    const started = performance.now();
    await expect(upstreamTo(port).ask(get(path), { timeoutMs: 60 })).rejects.toMatchObject({
      reason: 'upstream_timeout',
    });
    expect(performance.now() - started).toBeLessThan(1_000);
  }
});

it('does not take a part for the whole', async () => {
  const port = await stub((_req, res) => {
    res.writeHead(200, { 'content-length': 10 }).write('half.');
    setTimeout(() => res.destroy(), 20);
  });
  await expect(upstreamTo(port).ask(get('/'))).rejects.toMatchObject({ reason: 'upstream_unreachable' });
});

it('has no caller to stream from', async () => {
  const logger = listeningLogger();
  const upstream = upstreamTo('http://127.0.0.1:1', { logger });
  await expect(
    upstream.ask({ method: 'PUT', path: '/', headers: {}, body: 'stream' }),
  ).rejects.toBeInstanceOf(TypeError);
  expect(logger.lines).toEqual([]);
});
