import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { type GatewayOptions, type GatewayProcess, startGateway } from '../../dev/gateway-process.ts';
import { fetcher } from '../../dev/http.ts';
import { freePort } from '../../dev/ports.ts';
import { found } from '../../dev/waiting.ts';
import { callOperation } from '../mlflow/call.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../main.ts');
const HEALTH = callOperation('health').paths[0];
const SERVER_INFO = callOperation('serverInfo').paths[0];
const SEARCH = callOperation('searchExperiments').paths[0];

/** The real process, in front of a server that answers like an MLflow with workspaces. */
async function start(
  env: Record<string, string> = {},
  options: Pick<GatewayOptions, 'until' | 'main'> = {},
): Promise<{
  readonly gateway: GatewayProcess;
  /** Resolves when MLflow has the request with the id `slow`. */
  readonly slowArrived: Promise<void>;
  /** MLflow answers that request. */
  readonly answerSlow: () => void;
}> {
  const slowArrived = Promise.withResolvers<void>();
  let answerSlow = (): void => {};
  const server = createServer((req, res) => {
    const path = req.url?.split('?', 1)[0];
    res.setHeader('content-type', 'application/json');
    if (path === SERVER_INFO) res.end('{"workspaces_enabled":true}');
    else if (path === SEARCH) res.end('{}');
    else if (path === HEALTH && req.headers['x-request-id'] === 'slow') {
      answerSlow = () => void res.end('OK');
      slowArrived.resolve();
    } else if (path === HEALTH) res.end('OK');
    else res.writeHead(404).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: upstream } = server.address() as AddressInfo;
  const dir = await mkdtemp(join(tmpdir(), 'serve-'));
  const gateway = await startGateway({
    dir,
    env: {
      GW_AUTH_MODE: 'off',
      GW_TARGET_BASE_URL: `http://127.0.0.1:${upstream}`,
      GW_UPSTREAM_CONNECTIONS: 'keepalive',
      ...env,
    },
    ...options,
  });
  onTestFinished(async () => {
    await gateway.stop();
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true });
  });
  return { gateway, slowArrived: slowArrived.promise, answerSlow: () => answerSlow() };
}

interface Reading {
  readonly ready: number;
  readonly status: number;
  readonly connection: string | null;
}

/** Sends requests on new connections until one is refused. */
async function askUntilClosed(gateway: GatewayProcess): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (;;) {
    try {
      const ready = await gateway.fetch('/readyz');
      const answer = await gateway.fetch(HEALTH);
      readings.push({
        ready: ready.status,
        status: answer.status,
        connection: answer.headers.get('connection'),
      });
    } catch (error) {
      // Reset, if the system had accepted the connection and the gateway had not: it closed its port at that moment.
      expect(['ECONNREFUSED', 'ECONNRESET']).toContain((error as NodeJS.ErrnoException).code);
      return readings;
    }
    await sleep(20);
  }
}

/** Waits until the gateway has received a signal. */
async function drains(gateway: GatewayProcess): Promise<void> {
  await found('the drain begins', async () =>
    (await readFile(gateway.log, 'utf8')).includes('"msg":"draining"'),
  );
}

test('after SIGTERM the gateway serves new connections, as unready, for the delay; then requests in flight end', async () => {
  const { gateway, slowArrived, answerSlow } = await start({
    GW_DRAIN_DELAY_SECONDS: '4',
    GW_DRAIN_SECONDS: '60',
  });
  expect((await gateway.fetch('/readyz')).status).toBe(200);
  const began = performance.now();
  process.kill(gateway.pid, 'SIGTERM');
  await drains(gateway);
  // The kubelet sends its own SIGTERM after a preStop hook that sent one: it must not cut the drain short.
  process.kill(gateway.pid, 'SIGTERM');
  const slow = gateway.fetch(HEALTH, { headers: { 'x-request-id': 'slow' } });
  await slowArrived;
  const readings = await askUntilClosed(gateway);
  const closedAfter = performance.now() - began;
  expect(readings.length).toBeGreaterThan(3);
  for (const reading of readings) {
    expect(reading).toEqual({ ready: 503, status: 200, connection: 'close' });
  }
  expect(closedAfter).toBeGreaterThan(3_950);
  // The port is closed before the end of the drain: a request is still in flight.
  answerSlow();
  expect((await slow).status).toBe(200);
  expect(await gateway.exited).toBe('exited with code 0');
  const log = await readFile(gateway.log, 'utf8');
  expect(log).toContain('"signal":"SIGTERM","seconds":60,"delay_seconds":4,"msg":"draining"');
});

test('SIGINT waits for requests in flight only', async () => {
  const { gateway, slowArrived, answerSlow } = await start({
    GW_DRAIN_DELAY_SECONDS: '100',
    GW_DRAIN_SECONDS: '120',
  });
  const slow = gateway.fetch(HEALTH, { headers: { 'x-request-id': 'slow' } });
  await slowArrived;
  const began = performance.now();
  process.kill(gateway.pid, 'SIGINT');
  await drains(gateway);
  answerSlow();
  expect((await slow).status).toBe(200);
  expect(await gateway.exited).toBe('exited with code 0');
  expect(performance.now() - began).toBeLessThan(60_000);
});

test('GW_DRAIN_SECONDS limits the whole drain, the delay included', async () => {
  const { gateway } = await start({ GW_DRAIN_DELAY_SECONDS: '1', GW_DRAIN_SECONDS: '1.5' });
  const stuck = connect(gateway.port, '127.0.0.1');
  stuck.on('error', () => {});
  stuck.write('GET /health HTTP/1.1\r\nHost: g\r\n'); // the rest never comes
  await once(stuck, 'connect');
  // The gateway has accepted the connection before this one.
  expect((await gateway.fetch('/healthz')).status).toBe(200);
  const began = performance.now();
  process.kill(gateway.pid, 'SIGTERM');
  expect(await gateway.exited).toBe('exited with code 0');
  const took = performance.now() - began;
  expect(took).toBeGreaterThan(1_400);
  // Without the limit it would wait 15 seconds for the head.
  expect(took).toBeLessThan(14_000);
});

test('`mlflow-gateway drain` makes the gateway drain, as in a preStop hook', async () => {
  // A file of its own: other gateways run on this machine, and drain finds its own by the file.
  const dir = await mkdtemp(join(tmpdir(), 'drain-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const main = join(dir, 'gateway.mjs');
  await writeFile(main, `import ${JSON.stringify(MAIN)};\n`);
  const { gateway } = await start({ GW_DRAIN_DELAY_SECONDS: '8' }, { main });
  await run(process.execPath, [main, 'drain']);
  const ready = await gateway.fetch('/readyz');
  expect(await ready.json()).toEqual({ status: 'unready', reasons: ['shutting down'] });
  expect(await gateway.exited).toBe('exited with code 0');
  await expect(run(process.execPath, [main, 'drain'])).rejects.toMatchObject({ code: 1 });
});

test('the gateway is not ready while MLflow answers beside it, and names the address', async () => {
  const beside = createServer((_, res) => void res.end('OK'));
  beside.listen(0, '127.0.0.1');
  await once(beside, 'listening');
  onTestFinished(() => void beside.close());
  const { port } = beside.address() as AddressInfo;
  const { gateway } = await start({ GW_SIDECAR_CHECK_PORTS: String(port) }, { until: 'listening' });
  const ready = await gateway.fetch('/readyz');
  expect(ready.status).toBe(503);
  const open = expect.stringContaining(`around the gateway, at 127.0.0.1:${port}:`);
  expect(await ready.json()).toMatchObject({ reasons: expect.arrayContaining([open]) });
});

test('metrics have a port of their own, on which nothing else is served', async () => {
  const port = await freePort();
  const { gateway } = await start({
    GW_METRICS_PORT: String(port),
    GW_METRICS_HOST: '127.0.0.1',
    // The check must not report this port as MLflow's: the gateway itself answers. Other programs listen on this machine.
    GW_SIDECAR_CHECK_PORTS: String(port),
    GW_SIDECAR_CHECK: 'ports',
  });
  const scrape = await fetcher(`http://127.0.0.1:${port}`)('/metrics');
  expect(scrape.status).toBe(200);
  const text = await scrape.text();
  expect(text).toContain('\nmlflow_gateway_ready 1\n');
  expect(text).toContain('\nnodejs_eventloop_lag_seconds ');
  const elsewhere = await gateway.fetch('/metrics', { headers: { 'x-tenant': 'team-a' } });
  expect(elsewhere.status).toBe(404);
  expect(await elsewhere.json()).toMatchObject({ reason: 'unknown_operation' });

  const second = run(process.execPath, [MAIN, 'serve'], {
    env: {
      GW_AUTH_MODE: 'off',
      GW_TARGET_BASE_URL: 'http://127.0.0.1:9',
      GW_LISTEN_PORT: '0',
      GW_METRICS_PORT: String(port),
      GW_METRICS_HOST: '127.0.0.1',
    },
  });
  await expect(second).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the port is in use. Choose another GW_METRICS_PORT.'),
  });
  const third = run(process.execPath, [MAIN, 'serve'], {
    env: {
      GW_AUTH_MODE: 'off',
      GW_TARGET_BASE_URL: 'http://127.0.0.1:9',
      GW_LISTEN_HOST: '127.0.0.1',
      GW_LISTEN_PORT: String(gateway.port),
      GW_METRICS_PORT: '0',
      GW_METRICS_HOST: '127.0.0.1',
    },
  });
  await expect(third).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Choose another GW_LISTEN_PORT.'),
  });
});
