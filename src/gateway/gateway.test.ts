import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess({ GW_MAX_BODY_BYTES: '1KiB', GW_ALLOWED_ORIGINS: 'https://portal.example' });
});
afterAll(() => gateway.stop());

const SEARCH = 'POST /api/2.0/mlflow/runs/search';

describe('the line', () => {
  it('forwards the parsed request, with the workspace pinned and without the caller’s headers', async () => {
    const { status } = await gateway.send(
      SEARCH,
      ['X-Subject: ada', 'Authorization: Bearer secret', 'Cookie: s=1', 'X-Request-ID: req-1', 'X-Custom: y'],
      ' {"experiment_ids" : [ "1" ],"filter":null} ',
    );
    expect(status).toBe(200);
    expect(gateway.upstream.forwarded).toEqual({
      method: 'POST',
      path: '/api/2.0/mlflow/runs/search',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'gateway',
        'x-request-id': 'req-1',
        'x-mlflow-workspace': 'team-a',
      },
      body: { experiment_ids: ['1'] },
    });
    expect(gateway.audited.at(-1)).toMatchObject({
      request_id: 'req-1',
      tenant: 'team-a',
      subject: 'ada',
      operation: 'searchRuns',
      permission: 'runs:read',
      decision: 'allow',
      reason: 'forwarded',
      resources: [{ kind: 'experiment', id: '1' }],
      upstream: 'none',
    });
  });

  it.each([
    ['GET /api/2.0/mlflow/nothing', [], '', 404, 'unknown_operation'],
    ['GET /api/2.0/mlflow/runs/search', [], '', 405, 'method_not_allowed'],
    ['TRACE /version', [], '', 405, 'method_not_allowed'],
    [SEARCH, ['X-Tenant: team-b'], '{}', 400, 'duplicate_header'],
    [SEARCH, ['X-MLFLOW-WORKSPACE: team-b'], '{}', 403, 'tenant_not_granted'],
    [SEARCH, ['Origin: https://evil.example'], '{}', 403, 'origin_refused'],
    [SEARCH, ['Content-Encoding: gzip'], '{}', 415, 'unsupported_media_type'],
    [SEARCH, [], `{"filter":"${'x'.repeat(1024)}"}`, 413, 'body_too_large'],
    [SEARCH, [], '{"filter":1}', 400, 'invalid_field'],
    // Decoded it is the list of versions of another server.
    ['GET /api/3.0/mlflow/mcp-servers/io.example/%76ersions', [], '', 400, 'malformed_path'],
    ['POST /api/3.0/mlflow/workspaces', [], '{"name":"team-x"}', 403, 'platform_admin_only'],
    ['GET /api/3.0/mlflow/workspaces/team-b', [], '', 404, 'workspace_not_found'],
    ['GET /ajax-api/3.0/mlflow/assistant/config', [], '', 403, 'server_feature_disabled'],
    [
      'PATCH /api/3.0/mlflow/traces/tr-1/tags',
      [],
      '{"key":"mlflow.artifactLocation","value":"file:///etc"}',
      403,
      'reserved_tag',
    ],
    [
      'POST /api/2.0/mlflow/experiments/create',
      [],
      '{"name":"x","artifact_location":"file:///etc"}',
      403,
      'storage_uri_refused',
    ],
  ])('%s with %j is refused and audited: case %#', async (line, headers, body, status, reason) => {
    const before = gateway.upstream.forwarded;
    const answer = await gateway.send(line, headers, body);
    expect(answer).toMatchObject({
      status,
      body: { reason, error_code: expect.any(String), request_id: expect.any(String) },
    });
    expect(gateway.upstream.forwarded).toBe(before);
    expect(gateway.audited.at(-1)).toMatchObject({
      decision: 'deny',
      reason,
      status_code: status,
      upstream: null,
    });
  });

  it('refuses a Content-Type that is not JSON', async () => {
    const text = await gateway.raw(
      'POST /api/2.0/mlflow/runs/search HTTP/1.1\r\nHost: g\r\nX-Tenant: team-a\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
    );
    expect(text).toContain('HTTP/1.1 415');
  });

  it('answers a browser with an HTML page', async () => {
    const text = await gateway.raw(
      'GET / HTTP/1.1\r\nHost: g\r\nX-Tenant: a b\r\nAccept: text/html,*/*\r\nConnection: close\r\n\r\n',
    );
    expect(text).toContain('HTTP/1.1 400');
    expect(text).toContain('content-type: text/html');
    expect(text).toContain('tenant_header_invalid');
  });

  it('answers the preflight of an allowed origin only', async () => {
    const preflight = (origin: string): Promise<string> =>
      gateway.raw(
        `OPTIONS /api/2.0/mlflow/runs/search HTTP/1.1\r\nHost: g\r\nOrigin: ${origin}\r\nAccess-Control-Request-Method: POST\r\nConnection: close\r\n\r\n`,
      );
    expect(await preflight('https://portal.example')).toMatch(
      /^HTTP\/1\.1 204[\s\S]*access-control-allow-origin: https:\/\/portal\.example/,
    );
    expect(await preflight('https://evil.example')).toMatch(/^HTTP\/1\.1 403/);
  });

  it('replaces an unsafe request id', async () => {
    const { body } = await gateway.send('GET /nothing', ['X-Request-ID: a"b']);
    expect(body.request_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each(['/healthz', '/readyz', '/health'])('%s needs no identity', async (path) => {
    expect(await gateway.raw(`GET ${path} HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 200/,
    );
  });

  it('refuses upgrades', async () => {
    const text = await gateway.raw(
      'GET / HTTP/1.1\r\nHost: g\r\nX-Tenant: team-a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    expect(text).toContain('upgrade_refused');
    expect(gateway.audited.at(-1)).toMatchObject({ decision: 'deny', reason: 'upgrade_refused', path: '/' });
  });

  it.each([
    ['without Host', '', 'A request needs a Host header.'],
    [
      'with an Expect of another kind',
      'Host: g\r\nExpect: 200-ok\r\n',
      'Unsupported Expect value; only 100-continue is accepted.',
    ],
  ])('refuses and audits a request %s', async (_, headers, message) => {
    const text = await gateway.raw(
      `GET /version HTTP/1.1\r\nX-Tenant: team-a\r\nConnection: close\r\n${headers}\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 400/);
    expect(text).toContain(message);
    expect(gateway.audited.at(-1)).toMatchObject({
      decision: 'deny',
      reason: 'malformed_header',
      path: '/version',
    });
  });

  it('audits bytes that are not HTTP', async () => {
    expect(
      await gateway.raw(
        'GET / HTTP/1.1\r\nHost: g\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      ),
    ).toContain('"reason":"malformed_request"');
    expect(gateway.audited.at(-1)).toMatchObject({
      decision: 'deny',
      reason: 'malformed_request',
      status_code: 400,
    });
  });
});
