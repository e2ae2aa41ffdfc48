/**
 * Huge headers, and very many: a caller fills the server's memory before it is identified. Some servers silently drop headers
 * beyond a limit: a `Transfer-Encoding` after the hundredth field line would then frame a body that the server does not see.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

const LINE =
  'PUT /api/2.0/mlflow-artifacts/artifacts/1/x HTTP/1.1\r\nHost: g\r\nX-Tenant: team-a\r\nContent-Type: application/octet-stream\r\n';
const many = (count: number): string => Array.from({ length: count }, (_, i) => `X-F${i}: a\r\n`).join('');

it.each([
  ['a header of 40 KiB', `X-Long: ${'x'.repeat(40 * 1024)}\r\n`],
  ['40 headers of 1 KiB', Array.from({ length: 40 }, (_, i) => `X-F${i}: ${'x'.repeat(1024)}\r\n`).join('')],
  ['a long name', `${'x'.repeat(40 * 1024)}: a\r\n`],
  ['a long target', ''],
  ['200 headers', many(200)],
])('refuses %s with 431 and audits it', async (what, headers) => {
  const line = what === 'a long target' ? `GET /${'x'.repeat(40 * 1024)} HTTP/1.1\r\nHost: g\r\n` : LINE;
  const text = await gateway.raw(`${line}${headers}\r\n`);
  expect(text).toMatch(/^HTTP\/1\.1 431/);
  expect(gateway.audited.at(-1)).toMatchObject({
    decision: 'deny',
    reason: 'malformed_request',
    status_code: 431,
  });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it('does not lose Transfer-Encoding after very many other headers', async () => {
  for (const count of [90, 97, 98, 99, 100, 101, 150]) {
    const hidden = 'GET /version HTTP/1.1\r\nHost: g\r\nX-Tenant: team-a\r\n\r\n';
    const text = await gateway.raw(
      `${LINE}${many(count)}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
    );
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(text).toMatch(count + 6 <= 100 ? /^HTTP\/1\.1 200/ : /^HTTP\/1\.1 431/);
  }
});

it('distinguishes a target of 17 KiB from huge headers', async () => {
  expect(await gateway.send(`GET /${'x'.repeat(17 * 1024)}`)).toMatchObject({
    status: 400,
    body: { reason: 'malformed_path' },
  });
});
