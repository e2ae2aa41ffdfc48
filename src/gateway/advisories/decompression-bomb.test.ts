/**
 * Decompression bombs: a few kilobytes become gigabytes when they are decompressed. The gateway accepts JSON uncompressed only. It
 * stops decompressing OTLP, which exporters compress, as soon as it exceeds the limit, and never decompresses artifacts.
 */
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess({ GW_MAX_BODY_BYTES: '1MiB' });
});
afterAll(() => gateway.stop());

const LIMIT = 1024 * 1024;
const post = (path: string, headers: readonly string[], body: Buffer): Promise<string> =>
  gateway.raw(
    [
      `POST ${path} HTTP/1.1`,
      'Host: g',
      'X-Tenant: team-a',
      'Connection: close',
      `Content-Length: ${body.length}`,
      ...headers,
      '',
      body.toString('latin1'),
    ].join('\r\n'),
  );

it.each(['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip'])(
  'refuses JSON in %s without reading it',
  async (coding) => {
    const text = await post(
      '/api/2.0/mlflow/runs/search',
      ['Content-Type: application/json', `Content-Encoding: ${coding}`],
      gzipSync('{}'),
    );
    expect(text).toContain('"reason":"unsupported_media_type"');
  },
);

it.each([
  ['gzip', gzipSync(Buffer.alloc(200 * LIMIT))],
  ['deflate', deflateSync(Buffer.alloc(200 * LIMIT))],
])('refuses OTLP in %s that decompresses beyond the limit', async (coding, bomb) => {
  expect(bomb.length).toBeLessThan(LIMIT);
  const headers = [
    'Content-Type: application/x-protobuf',
    `Content-Encoding: ${coding}`,
    'X-MLflow-Experiment-Id: 1',
  ];
  const before = process.memoryUsage().arrayBuffers;
  const text = await post('/v1/traces', headers, bomb);
  expect(text).toMatch(/^HTTP\/1\.1 413[\s\S]*body_too_large/);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * LIMIT);
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it.each(['br', 'zstd', 'gzip, gzip', 'gzip,deflate'])('refuses OTLP in %s', async (coding) => {
  const headers = [
    'Content-Type: application/x-protobuf',
    `Content-Encoding: ${coding}`,
    'X-MLflow-Experiment-Id: 1',
  ];
  expect(await post('/v1/traces', headers, Buffer.from('x'))).toContain('"reason":"unsupported_media_type"');
});

it('refuses OTLP that is not in its declared content coding', async () => {
  const headers = [
    'Content-Type: application/x-protobuf',
    'Content-Encoding: gzip',
    'X-MLflow-Experiment-Id: 1',
  ];
  expect(await post('/v1/traces', headers, Buffer.from('x'))).toContain('"reason":"malformed_body"');
});
