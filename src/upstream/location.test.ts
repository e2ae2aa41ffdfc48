import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { locationReader } from './location.ts';
import { front, listen, upstreamTo } from './testing/servers.ts';

const read = locationReader({ hostHeader: 'mlflow:5000', upstreamPrefix: '/x', publicPrefix: '/ml' });

it.each([
  ['http://mlflow:5000/x/', '/ml/'],
  ['https://MLflow:5000/x/a/b?c=d', '/ml/a/b?c=d'],
  ['/x/a', '/ml/a'],
  // Not below MLflow's prefix, so the gateway does not serve it.
  ['/a', undefined],
  ['/x', undefined],
  ['/xa', undefined],
  ['http://mlflow:5000', undefined],
  ['http://mlflow:5000/a', undefined],
  // Below it, but without the prefix it names a host.
  ['/x//evil.example/a', undefined],
  // Elsewhere, or relative.
  ['https://storage.example/bucket/x?sig=1', 'https://storage.example/bucket/x?sig=1'],
  ['http://mlflow:50001/x/a', 'http://mlflow:50001/x/a'],
  ['//other/x/a', '//other/x/a'],
  ['a/b', 'a/b'],
])('%s becomes %s', (value, expected) => {
  expect(read(value)).toBe(expected);
});

it('hides MLflow’s address without prefixes too', () => {
  const plain = locationReader({ hostHeader: 'localhost', upstreamPrefix: '', publicPrefix: '' });
  expect(plain('http://localhost/a')).toBe('/a');
  expect(plain('http://localhost')).toBe('/');
  expect(plain('/a')).toBe('/a');
  expect(plain('http://localhost//evil.example')).toBeUndefined();
});

it('becomes a path if GW_UPSTREAM_HOST is set, the Host that MLflow then writes into addresses', async () => {
  const port = await listen(
    createServer((req, res) => res.writeHead(307, { location: `http://${req.headers.host}/a/` }).end()),
  );
  const gateway = await front(upstreamTo(port, { host: 'ml.example.com' }));
  const answer = await fetch(`http://127.0.0.1:${gateway.port}/`, { redirect: 'manual' });
  expect(answer.headers.get('location')).toBe('/a/');
});

it.each([undefined, (answer: { body: Buffer }) => answer.body])(
  'reaches the caller as a path, streamed or rewritten',
  async (transform) => {
    const port = await listen(
      createServer((req, res) =>
        res.writeHead(307, { location: `http://${req.headers.host}${req.url}/` }).end(),
      ),
    );
    const upstream = upstreamTo(port, { prefix: '/x', publicPrefix: '/ml' });
    const request = async () => ({ method: 'GET', path: '/a', headers: {}, body: undefined });
    const gateway = await front(upstream, request, transform);
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([307, '/ml/a/']);
  },
);
