import { expect, it } from 'vitest';
import { LIMITS } from '../limits.ts';
import { stub, upstreamTo } from '../upstream/testing/servers.ts';
import { MlflowMetrics } from './mlflow-metrics.ts';

const METRICS = '# HELP x y\nx 1\n';
const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

async function read(status: number, type: string, body: string) {
  const port = await stub((_, res) => res.writeHead(status, { 'content-type': type }).end(body));
  const page = await new MlflowMetrics(upstreamTo(port)).read();
  return { ...page, body: page.body.toString() };
}

it('passes on MLflow’s own metrics, from the root with any prefix, with one request at a time', async () => {
  const asked: (string | undefined)[] = [];
  const port = await stub((req, res) => {
    asked.push(req.url);
    setTimeout(() => res.writeHead(200, { 'content-type': TYPE, 'set-cookie': 'a=b' }).end(METRICS), 50);
  });
  const metrics = new MlflowMetrics(upstreamTo(port, { prefix: '/ml' }));
  const pages = await Promise.all([metrics.read(), metrics.read(), metrics.read()]);
  for (const page of pages) expect(page).toEqual({ status: 200, type: TYPE, body: Buffer.from(METRICS) });
  expect(asked).toEqual(['/metrics']);
  await metrics.read();
  expect(asked).toHaveLength(2);
});

it.each([
  [404, 'text/html', '<p>secret', 404, /--expose-prometheus/],
  [401, 'text/html', 'secret', 502, /its own credentials/],
  [403, 'text/plain', 'Invalid Host header', 502, /GW_UPSTREAM_HOST/],
  [500, 'text/html', 'secret', 502, /500/],
  [200, 'text/html', '<html>secret', 502, /no metrics/],
  [200, 'text/plain', '<html>secret', 502, /no metrics/],
  [200, 'application/json', '{"secret":1}', 502, /no metrics/],
])('%s %s %s becomes %s, with a sentence', async (status, type, body, becomes, says) => {
  const page = await read(status, type, body);
  expect(page).toMatchObject({ status: becomes, type: 'text/plain', body: expect.stringMatching(says) });
  expect(page.body).not.toContain('secret');
});

it('refuses a response longer than the limit', async () => {
  const page = await read(200, TYPE, `x 1\n${'#'.repeat(LIMITS.mlflowMetricsBytes.value)}`);
  expect(page).toMatchObject({ status: 502, body: expect.stringContaining('longer than') });
});

it('answers 502 while MLflow is down', async () => {
  const page = await new MlflowMetrics(upstreamTo('unix:/nowhere.sock')).read();
  expect(page).toMatchObject({ status: 502, body: expect.stringContaining('cannot be reached') });
});
