import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway } from '../../dev/gateway-process.ts';
import { type MlflowServer, startMlflow } from '../../dev/mlflow-server.ts';
import { found } from '../../dev/waiting.ts';
import { type Stack, startStack, unique } from '../harness/stack.ts';

/** The operational log, a JSON object a line. */
const logOf = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('SIGTERM', () => {
  const team = unique('drain');
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ auth: 'off', tenants: [team] });
  });
  afterAll(() => stack?.stop());

  test('finishes the requests in flight, accepts no new ones, audits, and exits with code 0', async () => {
    const { port, pid } = stack.gateway;
    const made = await stack.as(team)('/api/2.0/mlflow/experiments/create', { json: { name: unique('e') } });
    const { experiment_id } = (await made.json()) as { experiment_id: string };

    // An upload that is in flight when the signal arrives.
    let answer = '';
    const upload = connect(port, '127.0.0.1');
    upload.on('data', (chunk) => {
      answer += chunk;
    });
    upload.write(
      `PUT /api/2.0/mlflow-artifacts/artifacts/${experiment_id}/x HTTP/1.1\r\nHost: g\r\nX-Tenant: ${team}\r\nX-Request-ID: upload\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\nhello`,
    );
    await sleep(300);
    process.kill(pid, 'SIGTERM');
    await found('the port closes', () =>
      stack.gateway.fetch('/healthz').then(
        () => undefined,
        (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
      ),
    );
    expect(answer).toBe('');
    upload.write('world');
    await new Promise((resolve) => upload.once('close', resolve));
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(answer).toMatch(/connection: close/i);
    expect(await stack.gateway.exited).toBe('exited with code 0');
    expect(stack.audit().filter(({ request_id }) => request_id === 'upload')).toMatchObject([
      { decision: 'allow', status_code: 200, bytes_in: 10 },
    ]);
    const stored = await stack.direct(team)(`/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/x`);
    expect(await stored.text()).toBe('helloworld');
  });
});

test('SIGTERM stops a gateway without any response from MLflow', async () => {
  const stack = await startStack({ auth: 'off', tenants: [unique('t')] });
  try {
    const gateway = await startGateway({
      dir: join(stack.dir, 'second'),
      env: { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: 'http://127.0.0.1:9' },
      until: 'listening',
    });
    const ready = await gateway.fetch('/readyz');
    expect(ready.status).toBe(503);
    expect(((await ready.json()) as { reasons: string[] }).reasons.length).toBeGreaterThan(0);
    const refused = await gateway.fetch('/version', { headers: { 'x-tenant': 'team-a' } });
    expect(refused.status).toBe(502);
    expect(await refused.json()).toMatchObject({ reason: 'upstream_unreachable' });
    process.kill(gateway.pid, 'SIGTERM');
    expect(await gateway.exited).toBe('exited with code 0');
  } finally {
    await stack.stop();
  }
});

describe('an MLflow that is killed on its socket', () => {
  const team = unique('stale');
  let stack: Stack;
  let socket: string;
  let again: MlflowServer | undefined;
  beforeAll(async () => {
    stack = await startStack({
      auth: 'off',
      tenants: [team],
      mlflow: { workers: 2 },
      env: { GW_UPSTREAM_SOCKET_CLEANUP: 'true' },
    });
    socket = stack.mlflow.address.slice('unix:'.length);
  });
  afterAll(async () => {
    await again?.stop();
    await stack?.stop();
  });

  test('leaves a socket file; the gateway removes it and serves again when MLflow is back', async () => {
    const search = () => stack.as(team)('/api/2.0/mlflow/experiments/search', { json: { max_results: 1 } });
    expect((await search()).status).toBe(200);
    expect(existsSync(socket)).toBe(true);
    // Kills the workers as well, as a container runtime does.
    process.kill(-stack.mlflow.pid, 'SIGKILL');
    await found('the stale socket goes', () => !existsSync(socket));
    const away = await search();
    expect(away.status).toBe(502);
    expect(await away.json()).toMatchObject({ reason: 'upstream_unreachable' });
    expect((await stack.gateway.fetch('/readyz')).status).toBe(503);

    again = await startMlflow({
      dir: join(stack.dir, 'mlflow'),
      workspaces: true,
      workers: 2,
      listen: { unix: socket },
    });
    await found('it is ready again', async () => (await stack.gateway.fetch('/readyz')).status === 200);
    expect((await search()).status).toBe(200);
  });
});

describe('an MLflow on TCP with its default four workers', () => {
  const team = unique('tcp');
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      auth: 'off',
      tenants: [team],
      mlflow: { workers: 4, listen: { port: 0 } },
      env: { GW_LOG_LEVEL: 'info' },
    });
  });
  afterAll(() => stack?.stop());

  test('is measured, and its connections are kept or not as measured', async () => {
    const measured = await found('the measurement', () =>
      logOf(stack.gateway.log).find((line) => line.msg === 'measured connections to MLflow'),
    );
    const { kept_ms, fresh_ms, connections } = measured as {
      kept_ms: number;
      fresh_ms: number;
      connections: string;
    };
    expect(kept_ms).toBeGreaterThan(0);
    expect(fresh_ms).toBeGreaterThan(0);
    // Whether connections stall depends on the machine; the decision follows from the measurement.
    if (kept_ms > 30 && fresh_ms < 15) expect(connections).toBe('fresh');
    if (kept_ms < fresh_ms + 5) expect(connections).toBe('keepalive');
    const answer = await stack.as(team)('/api/2.0/mlflow/experiments/search', { json: { max_results: 1 } });
    expect(answer.status).toBe(200);
  });
});
