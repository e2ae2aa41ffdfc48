import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type GatewayProcess, startGateway } from '../../dev/gateway-process.ts';
import { found } from '../../dev/waiting.ts';
import { callOperation } from '../mlflow/call.ts';

const MAIN = join(import.meta.dirname, '../main.ts');
const HEALTH = callOperation('health').paths[0];
const SERVER_INFO = callOperation('serverInfo').paths[0];
const SEARCH = callOperation('searchExperiments').paths[0];
const VERSION = callOperation('version').paths[0];
const CHUNK = Buffer.alloc(64 * 1024, 'a');
const CHUNKS = 20;
const DOWNLOAD = { 'x-tenant': 'team-a', 'x-request-id': 'download' };

interface Started {
  readonly gateway: GatewayProcess;
  /** Resolves when MLflow has sent half of the download, or has the request with the id `stuck`. */
  readonly arrived: Promise<void>;
  /** Lets the download continue. */
  readonly release: () => void;
}

/** The real process, in which a signal raises an unexpected error; `/version` of its MLflow is a slow download. */
async function start(fault: string, env: Record<string, string> = {}): Promise<Started> {
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const server = createServer((req, res) => {
    const path = req.url?.split('?', 1)[0];
    if (path === SERVER_INFO) res.end('{"workspaces_enabled":true}');
    else if (path === SEARCH) res.end('{}');
    else if (path === HEALTH && req.headers['x-request-id'] === 'stuck') arrived.resolve();
    else if (path === HEALTH) res.end('OK');
    // The gateway asks for the version too.
    else if (path === VERSION && req.headers['x-request-id'] === 'download')
      void download(res, arrived.resolve, released.promise);
    else res.writeHead(404).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dir = await mkdtemp(join(tmpdir(), 'last-resort-'));
  const main = join(dir, 'gateway.mjs');
  await writeFile(
    main,
    `process.on('SIGUSR2', () => { ${fault} });\nawait import(${JSON.stringify(MAIN)});\n`,
  );
  const gateway = await startGateway({
    dir,
    main,
    env: {
      GW_AUTH_MODE: 'off',
      GW_TARGET_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      GW_UPSTREAM_CONNECTIONS: 'keepalive',
      ...env,
    },
  });
  onTestFinished(async () => {
    await gateway.stop();
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true });
  });
  return { gateway, arrived: arrived.promise, release: released.resolve };
}

/** Sends one half, and the other once it is released. */
async function download(res: ServerResponse, begun: () => void, released: Promise<void>): Promise<void> {
  for (let i = 0; i < CHUNKS; i++) {
    if (i === CHUNKS / 2) {
      begun();
      await released;
    }
    if (!res.write(CHUNK)) await once(res, 'drain');
  }
  res.end();
}

/** Waits until the gateway has logged the unexpected error. */
async function failed(gateway: GatewayProcess): Promise<void> {
  await found('the error is logged', async () =>
    (await readFile(gateway.log, 'utf8')).includes('"level":"fatal"'),
  );
}

async function size(answer: Promise<Response>): Promise<number> {
  return (await (await answer).arrayBuffer()).byteLength;
}

const fault = (error: string): string => `setImmediate(() => { throw ${error}; });`;

test.each([
  ['rejection', 'Promise.reject(new Error("secret"));'],
  ['socket', fault('Object.assign(new Error("secret"), { code: "ECONNRESET", syscall: "read" })')],
])('after an unexpected %s the gateway continues to serve, and a download continues', async (kind, code) => {
  const { gateway, arrived, release } = await start(code);
  const slow = size(gateway.fetch(VERSION, { headers: DOWNLOAD }));
  await arrived;
  process.kill(gateway.pid, 'SIGUSR2');
  await failed(gateway);
  release();
  expect(await slow).toBe(CHUNK.length * CHUNKS);
  expect((await gateway.fetch(HEALTH)).status).toBe(200);
  expect(gateway.gone()).toBeUndefined();
  const log = await readFile(gateway.log, 'utf8');
  expect(log).toContain(`"level":"fatal"`);
  expect(log).toContain(`"kind":"${kind}"`);
  expect(log).not.toContain('secret');
});

test('after an unexpected exception a download completes, no new connection is served, and the process ends with 1', async () => {
  const { gateway, arrived, release } = await start(fault('new Error("secret")'), {
    GW_DRAIN_DELAY_SECONDS: '100',
    GW_DRAIN_SECONDS: '120',
  });
  const slow = size(gateway.fetch(VERSION, { headers: DOWNLOAD }));
  await arrived;
  process.kill(gateway.pid, 'SIGUSR2');
  const code = (error: NodeJS.ErrnoException): string | undefined => error.code;
  await expect.poll(() => gateway.fetch(HEALTH).then(() => 'served', code)).toBe('ECONNREFUSED');
  release();
  expect(await slow).toBe(CHUNK.length * CHUNKS);
  expect(await gateway.exited).toBe('exited with code 1');
  const log = await readFile(gateway.log, 'utf8');
  expect(log).toContain('"kind":"exception"');
  expect(log).toContain('Ended because of an unexpected exception');
  expect(log).not.toContain('secret');
});

test('a request without a response at the end of the drain gets 500 and its audit line', async () => {
  const { gateway, arrived } = await start(fault('new Error("secret")'), {
    GW_DRAIN_SECONDS: '1',
    GW_DRAIN_DELAY_SECONDS: '0',
  });
  const stuck = gateway.fetch(HEALTH, { headers: { 'x-request-id': 'stuck' } });
  await arrived;
  process.kill(gateway.pid, 'SIGUSR2');
  const answer = await stuck;
  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject({ reason: 'internal_error', request_id: 'stuck' });
  expect(await gateway.exited).toBe('exited with code 1');
  const lines = (await readFile(gateway.auditFile, 'utf8'))
    .split('\n')
    .filter((line) => line.includes('"stuck"'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('"reason":"internal_error"');
});
