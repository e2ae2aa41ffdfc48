/**
 * mlflow-oidc-auth #286: validators were looked up by the literal method, and HEAD, which Flask adds to every GET, had none: its
 * response disclosed the existence and the size of another's artifact. In the gateway no operation serves HEAD, with any body
 * or query: the response is 405 (RFC 9110, section 15.5.6).
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

it.each([
  '/get-artifact?run_uuid=1&path=x',
  '/model-versions/get-artifact?name=m&version=1&path=x',
  '/ajax-api/2.0/mlflow/get-trace-artifact?request_id=tr-1',
  '/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=1&metric_key=a',
  '/api/2.0/mlflow-artifacts/artifacts/1/x',
  '/api/2.0/mlflow/runs/get?run_id=1',
  '/version',
])('HEAD %s', async (path) => {
  for (const body of ['', '{"run_id":"1"}']) {
    const length = body === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
    const text = await gateway.raw(
      `HEAD ${path} HTTP/1.1\r\nHost: g\r\nX-Tenant: team-a\r\nConnection: close\r\n${length}\r\n${body}`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 405/);
    expect(text).toMatch(/\r\n\r\n$/);
  }
  expect(gateway.upstream.forwarded).toBeUndefined();
});
