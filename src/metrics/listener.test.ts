import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { fetcher } from '../../dev/http.ts';
import { makeMetricsServer } from './listener.ts';

async function serve(
  render: () => Promise<{ type: string; text: string }>,
  mlflow?: Parameters<typeof makeMetricsServer>[2],
) {
  const errors: unknown[] = [];
  const server = makeMetricsServer({ render }, (error) => errors.push(error), mlflow);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { fetch: fetcher(`http://127.0.0.1:${port}`), errors };
}

const page = async () => ({ type: 'text/plain; version=0.0.4', text: 'x 1\n' });

test('serves only GET /metrics', async () => {
  const { fetch } = await serve(page);
  const answer = await fetch('/metrics');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4');
  expect(await answer.text()).toBe('x 1\n');
  for (const path of ['/', '/readyz', '/metrics/', '/api/2.0/mlflow/experiments/search'])
    expect((await fetch(path)).status, path).toBe(404);
  const posted = await fetch('/metrics', { method: 'POST' });
  expect(posted.status).toBe(405);
  expect(posted.headers.get('allow')).toBe('GET');
});

test('an internal error is reported to the log only', async () => {
  const { fetch, errors } = await serve(() => Promise.reject(new Error('secret of team-a')));
  const answer = await fetch('/metrics');
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('team-a');
  expect(errors).toHaveLength(1);
});

test('serves MLflow’s own metrics if configured', async () => {
  const own = await serve(page);
  const without = await own.fetch('/mlflow/metrics');
  expect(without.status).toBe(404);
  expect(await without.text()).toContain('GW_METRICS_MLFLOW=true');

  const both = await serve(page, {
    read: async () => ({ status: 200, type: 'text/plain', body: Buffer.from('mlflow_x 1\n') }),
  });
  expect(await (await both.fetch('/mlflow/metrics?a=b')).text()).toBe('mlflow_x 1\n');
  expect(await (await both.fetch('/metrics')).text()).toBe('x 1\n');
  expect((await both.fetch('/mlflow/metrics', { method: 'POST' })).status).toBe(405);
  expect((await both.fetch('/mlflow/metrics/')).status).toBe(404);
});
