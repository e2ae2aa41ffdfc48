/**
 * mlflow-oidc-auth #52: with MLflow under a static prefix the plugin compared the beginning of a path with its list of open
 * paths, and requests bypassed the check. The gateway compares whole paths: a path with a prefix or a suffix is another path.
 * It compares its own path prefix literally, once, and a path outside of it is unknown.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

it.each([
  ['GET /mlflow/api/2.0/mlflow/experiments/search', 404, 'unknown_operation'],
  ['GET /health/api/2.0/mlflow/experiments/search', 404, 'unknown_operation'],
  ['GET /healthz/api/2.0/mlflow/experiments/search', 404, 'unknown_operation'],
  ['GET /health/', 404, 'unknown_operation'],
  ['GET /healthzz', 404, 'unknown_operation'],
  ['GET /version/../api/2.0/mlflow/experiments/search', 400, 'malformed_path'],
])('refuses %s', async (line, status, reason) => {
  expect(await gateway.send(line)).toMatchObject({ status, body: { reason } });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it('needs a token for every path that is not public as a whole', async () => {
  for (const path of [
    '/',
    '/version',
    '/static-files/health',
    '/static-files/x',
    '/health.js',
    '/ajax-api/2.0/health',
  ]) {
    const text = await gateway.raw(`GET ${path} HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n`);
    expect(`${path} ${text.slice(9, 12)}`).toMatch(/ 40[04]$/);
  }
  expect(gateway.upstream.forwarded).toBeUndefined();
});

describe('below GW_PATH_PREFIX', () => {
  let below: InProcessGateway;
  beforeAll(async () => {
    below = await startInProcess({ GW_PATH_PREFIX: '/mlflow', GW_UPSTREAM_PATH_PREFIX: '/x' });
  });
  afterAll(() => below.stop());
  const SEARCH = 'api/2.0/mlflow/experiments/search?max_results=1';

  // The defect of the plugin: a path without the prefix, or with another one, needed no token.
  it.each([
    [`GET /${SEARCH}`, 404, 'unknown_operation'],
    ['GET /', 404, 'unknown_operation'],
    ['GET /health', 404, 'unknown_operation'],
    ['GET /version', 404, 'unknown_operation'],
    ['GET /gateway/sign-in', 404, 'unknown_operation'],
    [`GET /x/${SEARCH}`, 404, 'unknown_operation'],
    [`GET /MLFLOW/${SEARCH}`, 404, 'unknown_operation'],
    [`GET /mlflo%77/${SEARCH}`, 404, 'unknown_operation'],
    [`GET /mlflow%2f${SEARCH}`, 404, 'unknown_operation'],
    [`GET /mlflow;/${SEARCH}`, 404, 'unknown_operation'],
    [`GET /mlflowx/${SEARCH}`, 404, 'unknown_operation'],
    [`GET /mlflow/mlflow/${SEARCH}`, 404, 'unknown_operation'],
    [`GET /mlflow/x/${SEARCH}`, 404, 'unknown_operation'],
    ['POST /mlflow', 404, 'unknown_operation'],
    [`GET //mlflow/${SEARCH}`, 400, 'malformed_path'],
    [`GET /mlflow//${SEARCH}`, 400, 'malformed_path'],
    [`GET /./mlflow/${SEARCH}`, 400, 'malformed_path'],
    [`GET /mlflow/../${SEARCH}`, 400, 'malformed_path'],
    [`GET /mlflow/%2e%2e/${SEARCH}`, 400, 'malformed_path'],
    [`GET /x/../mlflow/${SEARCH}`, 400, 'malformed_path'],
    [`GET http://gateway/mlflow/${SEARCH}`, 400, 'malformed_path'],
    // The gateway's probes are not MLflow's, and stay where Kubernetes requests them.
    ['GET /mlflow/healthz', 404, 'unknown_operation'],
    ['GET /mlflow/readyz', 404, 'unknown_operation'],
  ])('refuses %s', async (line, status, reason) => {
    expect(await below.send(line)).toMatchObject({ status, body: { reason } });
    expect(below.upstream.forwarded).toBeUndefined();
  });

  it('needs a token below the prefix, and audits the path as received', async () => {
    const text = await below.raw(`GET /mlflow/${SEARCH} HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n`);
    expect(text).toContain('tenant_header_missing');
    expect(below.audited.at(-1)).toMatchObject({
      path: '/mlflow/api/2.0/mlflow/experiments/search',
      operation: 'searchExperimentsByGet',
      decision: 'deny',
    });
    expect(below.upstream.forwarded).toBeUndefined();
  });

  it('answers probes and public operations', async () => {
    expect(await below.send('GET /healthz')).toMatchObject({ status: 200 });
    expect(await below.send('GET /mlflow/health')).toMatchObject({ status: 200 });
    // The upstream puts MLflow's own prefix before it.
    expect(below.upstream.forwarded).toMatchObject({ path: '/health' });
  });

  it('redirects a browser from the bare prefix to the pages below it', async () => {
    const text = await below.raw('GET /mlflow HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 308 [\s\S]*\r\nlocation: \/mlflow\/\r\n/);
    expect(below.audited.at(-1)).toMatchObject({ path: '/mlflow', decision: 'allow', reason: 'redirect' });
  });

  it('serves the sign-in pages below the prefix', async () => {
    const asked = 'Host: g\r\nAccept: text/html\r\nConnection: close\r\n';
    const first = await below.raw(`GET /mlflow/ HTTP/1.1\r\n${asked}\r\n`);
    expect(first).toMatch(/^HTTP\/1\.1 303 [\s\S]*\r\nlocation: \/mlflow\/gateway\/sign-in\r\n/);
    const page = await below.raw(`GET /mlflow/gateway/sign-in HTTP/1.1\r\n${asked}\r\n`);
    expect(page).toContain('action="/mlflow/gateway/sign-in"');
    const form = 'tenant=team-a';
    const type = `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n`;
    const done = await below.raw(`POST /mlflow/gateway/sign-in HTTP/1.1\r\n${asked}${type}\r\n${form}`);
    expect(done).toMatch(/\r\nlocation: \/mlflow\/\r\n/);
    expect(done).toMatch(/\r\nset-cookie: mlflow-gateway-dev=[^;]+; Path=\/mlflow\/; /);
    const cookie = /set-cookie: ([^;]+)/.exec(done)![1];
    const again = await below.raw(
      `GET /mlflow/gateway/sign-in HTTP/1.1\r\n${asked}Cookie: ${cookie}\r\n\r\n`,
    );
    expect(again).toContain('<a href="/mlflow/">');
    expect(again).toContain('action="/mlflow/gateway/sign-out"');
    const out = await below.raw(
      `POST /mlflow/gateway/sign-out HTTP/1.1\r\n${asked}Content-Length: 0\r\n\r\n`,
    );
    expect(out).toMatch(/\r\nset-cookie: mlflow-gateway-dev=; Path=\/mlflow\/; Max-Age=0; /);
  });
});
