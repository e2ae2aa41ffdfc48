/**
 * GHSA-5hvv-m4w4-gf6v (oauth2-proxy): a User-Agent configured for health checks skipped authentication on every path.
 * CVE-2026-40575: an `X-Forwarded-Uri` with an open path did the same. In the gateway no header opens anything.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

const REQUEST = 'GET /api/2.0/mlflow/experiments/search HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n';

it.each([
  'User-Agent: kube-probe/1.34',
  'User-Agent: GoogleHC/1.0',
  'X-Forwarded-Uri: /health',
  'X-Original-URL: /health',
  'X-Rewrite-URL: /healthz',
  'X-Envoy-Original-Path: /health',
  'X-HTTP-Method-Override: OPTIONS',
  'X-Forwarded-For: 127.0.0.1',
])('%s does not replace a token', async (header) => {
  const text = await gateway.raw(`${REQUEST}${header}\r\n\r\n`);
  expect(text).toContain('HTTP/1.1 400');
  expect(text).toContain('"reason":"tenant_header_missing"');
  expect(gateway.upstream.forwarded).toBeUndefined();
});
