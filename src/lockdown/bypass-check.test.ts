import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseAddress } from '../upstream/address.ts';
import { listeningLogger } from '../upstream/testing/servers.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../upstream/testing/tls.ts';
import { BypassCheck, type BypassCheckOptions } from './bypass-check.ts';

const waitFor = (act: () => void) => vi.waitFor(act, { timeout: 10_000, interval: 10 });
vi.setConfig({ testTimeout: 20_000 });

const PATH = '/health';
const UNIX = parseAddress('unix:/run/mlflow/mlflow.sock');

async function at(host: string, server: TcpServer, port = 0): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const answering = (status = 200): Server =>
  createServer((_, res) => void res.writeHead(status, { connection: 'close' }).end('OK'));

function check(options: Partial<BypassCheckOptions> & Pick<BypassCheckOptions, 'ports'>): BypassCheck {
  const made = new BypassCheck({
    listeners: [{ host: '0.0.0.0', port: 8000 }],
    upstream: UNIX,
    path: PATH,
    log: listeningLogger(),
    addresses: () => ['127.0.0.1', '127.0.0.2'],
    ...options,
  });
  onTestFinished(() => made.close());
  return made;
}

const problemOf = (options: Parameters<typeof check>[0]): Promise<string | undefined> =>
  check(options).problem();

test('an MLflow on another address of the pod is found, and named', async () => {
  const port = await at('127.0.0.2', answering());
  expect(await problemOf({ ports: [port, 1] })).toBe(
    `MLflow can be reached around the gateway, at 127.0.0.2:${port}: let it listen on its Unix socket only (UVICORN_UDS), or on 127.0.0.1`,
  );
});

test('one on every address is found at each, by the addresses this machine really has', async () => {
  const port = await at('0.0.0.0', answering());
  const made = new BypassCheck({
    ports: [port],
    listeners: [{ host: '127.0.0.9', port }],
    upstream: UNIX,
    path: PATH,
    log: listeningLogger(),
  });
  onTestFinished(() => made.close());
  expect(await made.problem()).toContain(`127.0.0.1:${port}`);
});

describe('what answers', () => {
  test.each([
    ['its health check', 200],
    ['404, having a path prefix', 404],
    ['403, checking the host', 403],
  ])('%s counts', async (_, status) => {
    const port = await at('127.0.0.2', answering(status));
    expect(await problemOf({ ports: [port] })).toContain(`127.0.0.2:${port}`);
  });

  test('a mesh’s 503, and nobody at all, do not', async () => {
    const port = await at('127.0.0.2', answering(503));
    expect(await problemOf({ ports: [port] })).toBeUndefined();
  });

  test('over TLS counts, whatever its certificate', async () => {
    const server = createSecureServer(
      { cert: CERTIFICATE, key: PRIVATE_KEY },
      (_, res) => void res.end('OK'),
    );
    const port = await at('127.0.0.2', server);
    expect(await problemOf({ ports: [port] })).toContain(`127.0.0.2:${port}`);
  });

  test('something that speaks neither does not', async () => {
    const port = await at(
      '127.0.0.2',
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.end('SSH-2.0-OpenSSH\r\n');
      }),
    );
    expect(await problemOf({ ports: [port] })).toBeUndefined();
  });
});

describe('what is meant to be there is not asked', () => {
  const never = (): Server =>
    createServer(() => {
      throw new Error('asked');
    });

  test('the gateway’s own listeners, for callers and for metrics; the same port elsewhere is', async () => {
    const port = await at('127.0.0.1', never());
    const metrics = await at('127.0.0.1', never());
    const options = {
      ports: [port, metrics],
      listeners: [
        { host: '127.0.0.1', port },
        { host: '127.0.0.1', port: metrics },
      ],
    };
    expect(await problemOf(options)).toBeUndefined();
    await at('127.0.0.2', answering(), metrics);
    expect(await problemOf(options)).toContain(`at 127.0.0.2:${metrics}:`);
  });

  test('MLflow on loopback; but at no other address', async () => {
    const port = await at('127.0.0.1', never());
    const options = {
      ports: [port],
      listeners: [{ host: '127.0.0.3', port }],
      upstream: parseAddress(`http://127.0.0.1:${port}`),
    };
    expect(await problemOf(options)).toBeUndefined();
    await at('127.0.0.2', answering(), port);
    expect(await problemOf(options)).toContain(`at 127.0.0.2:${port}:`);
  });
});

test('it looks regularly, and logs each change once', async () => {
  const log = listeningLogger();
  const first = answering();
  const port = await at('127.0.0.2', first);
  const made = check({ ports: [port], log, everyMs: 20 });
  await made.start();
  await sleep(100);
  expect(log.lines).toMatchObject([{ level: 'warn', facts: { at: [`127.0.0.2:${port}`] } }]);
  first.close();
  await waitFor(() => expect(log.lines.at(-1)!.level).toBe('info'));
  expect(await made.problem()).toBeUndefined();
  await at('127.0.0.2', answering(), port);
  await waitFor(() => expect(log.lines.at(-1)!.level).toBe('warn'));
  expect(await made.problem()).toContain(`127.0.0.2:${port}`);
  expect(log.lines).toHaveLength(3);
});

/** An MLflow on 127.0.0.2 that counts who asks. */
async function counting(): Promise<{
  readonly port: number;
  readonly state: { asked: number; busy: boolean };
}> {
  const state = { asked: 0, busy: false };
  const server = createServer((req, res) => {
    state.asked++;
    if (state.busy) req.socket.destroy();
    else res.writeHead(200, { connection: 'close' }).end('OK');
  });
  return { port: await at('127.0.0.2', server), state };
}

test('asked often, it looks once', async () => {
  const { port, state } = await counting();
  const made = check({ ports: [port] });
  const problems = await Promise.all([made.problem(), made.problem(), made.problem()]);
  expect(new Set(problems).size).toBe(1);
  await made.problem();
  expect(state.asked).toBe(1);
});

test('asked again after a second, it looks again: MLflow may have come up since', async () => {
  const free = answering();
  const port = await at('127.0.0.2', free);
  free.close();
  const made = check({ ports: [port] });
  expect(await made.problem()).toBeUndefined();
  await at('127.0.0.2', answering(), port);
  await sleep(1_050);
  expect(await made.problem()).toContain(`127.0.0.2:${port}`);
});

test('an MLflow that was found and is now too busy to answer is still there', async () => {
  const { port, state } = await counting();
  const made = check({ ports: [port], everyMs: 20 });
  await made.start();
  state.busy = true;
  const before = state.asked;
  await waitFor(() => expect(state.asked).toBeGreaterThan(before + 3));
  expect(await made.problem()).toContain(`127.0.0.2:${port}`);
});

test('closed, it looks no more', async () => {
  const { port, state } = await counting();
  const made = check({ ports: [port], everyMs: 10 });
  await made.start();
  made.close();
  await sleep(20);
  const after = state.asked;
  await sleep(60);
  expect(state.asked).toBe(after);
});
