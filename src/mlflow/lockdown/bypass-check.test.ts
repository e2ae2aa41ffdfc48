import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseAddress } from '../../upstream/testing/address.ts';
import { listeningLogger } from '../../upstream/testing/servers.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../../upstream/testing/tls.ts';
import { BypassCheck, type BypassCheckOptions } from './bypass-check.ts';
import { listeningSockets } from './listening-sockets.ts';

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

test('finds and names an MLflow on another address of the pod', async () => {
  const port = await at('127.0.0.2', answering());
  expect(await problemOf({ ports: [port, 1] })).toBe(
    `MLflow can be reached around the gateway, at 127.0.0.2:${port}: let it listen on its Unix socket only (UVICORN_UDS), or on 127.0.0.1`,
  );
});

test('finds one that listens on all addresses at each address of this machine', async () => {
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

describe('responses', () => {
  test.each([
    ['its health check', 200],
    ['404, having a path prefix', 404],
    ['403, checking the host', 403],
  ])('%s counts', async (_, status) => {
    const port = await at('127.0.0.2', answering(status));
    expect(await problemOf({ ports: [port] })).toContain(`127.0.0.2:${port}`);
  });

  test('503 of a service mesh, and no listener, do not count', async () => {
    const port = await at('127.0.0.2', answering(503));
    expect(await problemOf({ ports: [port] })).toBeUndefined();
  });

  test('a response by TLS counts, with any certificate', async () => {
    const server = createSecureServer(
      { cert: CERTIFICATE, key: PRIVATE_KEY },
      (_, res) => void res.end('OK'),
    );
    const port = await at('127.0.0.2', server);
    expect(await problemOf({ ports: [port] })).toContain(`127.0.0.2:${port}`);
  });

  test('a listener without HTTP and TLS does not count', async () => {
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

describe('expected listeners are not probed', () => {
  const never = (): Server =>
    createServer(() => {
      throw new Error('asked');
    });

  test('the gateway’s own listeners are not; the same port of another address is', async () => {
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

  test('MLflow on loopback is not; on another address it is', async () => {
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

describe('every listening socket of the pod', () => {
  const OTHER = { health: PATH, version: '/version' };
  const pod = (
    listening: () => readonly { address: string; port: number }[],
    allowedPorts: readonly number[] = [],
  ) => ({ listening: async () => listening(), allowedPorts, mlflow: [OTHER] });
  const none = { ports: [1] };

  test('must be the gateway’s own, on loopback, or allowed; others are named with a remedy', async () => {
    const listening = () => [
      { address: '0.0.0.0', port: 8000 },
      { address: '127.0.0.1', port: 5001 },
      { address: '0.0.0.0', port: 8080 },
      { address: '::', port: 9000 },
    ];
    expect(await problemOf({ ...none, pod: pod(listening) })).toBe(
      'Something in the pod listens beside the gateway, at 0.0.0.0:8080, [::]:9000: stop it or let it listen on 127.0.0.1; ' +
        'if it is not MLflow and must be reached, name its port in GW_SIDECAR_ALLOWED_PORTS (the annotation mlflow-gateway.io/allowed-ports)',
    );
    const log = listeningLogger();
    const made = check({ ...none, pod: pod(listening, [8080, 9000]), log });
    expect(await made.problem()).toBeUndefined();
    expect(log.lines).toMatchObject([{ level: 'info', facts: { at: ['127.0.0.1:5001'] } }]);
  });

  test('many problems are counted, not named', async () => {
    const listening = () => Array.from({ length: 500 }, (_, i) => ({ address: '0.0.0.0', port: 9000 + i }));
    const problem = await problemOf({ ...none, pod: pod(listening) });
    expect(problem).toContain('0.0.0.0:9019, and 480 more:');
    expect(problem!.length).toBeLessThan(1_000);
  });

  test('a listener of this machine that starts later is found until it is gone', async () => {
    const before = new Set((await listeningSockets()).map(({ port }) => port));
    const log = listeningLogger();
    const made = check({
      ...none,
      log,
      everyMs: 20,
      // Other programs of this machine come and go.
      pod: {
        ...pod(() => []),
        listening: async () =>
          (await listeningSockets())
            .filter((one) => one.address === '127.0.0.2' && !before.has(one.port))
            .map(
              // As if it could be reached from outside.
              ({ port }) => ({ address: '10.0.0.5', port }),
            ),
      },
    });
    await made.start();
    expect(await made.problem()).toBeUndefined();
    const server = answering();
    const port = await at('127.0.0.2', server);
    await expect.poll(() => log.lines.at(-1)).toMatchObject({ level: 'warn' });
    expect(await made.problem()).toContain(`10.0.0.5:${port}`);
    server.close();
    await expect.poll(() => log.lines.at(-1)).toMatchObject({ level: 'info' });
    expect(await made.problem()).toBeUndefined();
    expect(log.lines).toHaveLength(2);
  });

  test('MLflow is found at an allowed port too, also below its prefix and behind its auth app', async () => {
    const mlflow = (prefix: string, version: number) =>
      createServer((req, res) => {
        res.setHeader('connection', 'close');
        if (req.url === `${prefix}/health`) res.end('OK');
        else if (req.url === `${prefix}/version`) res.writeHead(version).end('3.17.2');
        else res.writeHead(404).end();
      });
    const paths = [OTHER, { health: '/ml/health', version: '/ml/version' }];
    for (const [prefix, version] of [
      ['', 200],
      ['/ml', 200],
      ['', 401],
    ] as const) {
      const port = await at('127.0.0.2', mlflow(prefix, version));
      // A spelling that does not count as loopback, as loopback is not probed.
      const listening = async () => [{ address: '::ffff:127.0.0.2', port }];
      const options = { ...none, pod: { listening, allowedPorts: [port], mlflow: paths } };
      expect(await problemOf(options)).toContain(
        `MLflow can be reached around the gateway, at [::ffff:127.0.0.2]:${port}`,
      );
    }
  });

  test('another program at an allowed port is not MLflow, even if its health check says OK', async () => {
    const exporter = createServer((req, res) => {
      res.setHeader('connection', 'close');
      if (req.url === PATH) res.end('OK');
      else res.writeHead(404).end();
    });
    const chatty = createServer((_, res) => void res.end('x'.repeat(100_000)));
    const shell = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.end('SSH-2.0-OpenSSH\r\n');
    });
    const ports = await Promise.all([exporter, chatty, shell].map((server) => at('127.0.0.2', server)));
    const listening = () => ports.map((port) => ({ address: '::ffff:127.0.0.2', port }));
    expect(await problemOf({ ...none, pod: pod(listening, ports) })).toBeUndefined();
  });

  test('unreadable sockets are a problem, which names the workaround', async () => {
    const log = listeningLogger();
    let broken = true;
    const listening = async () => {
      if (broken) throw new Error('/proc/net/tcp: ENOENT');
      return [];
    };
    const made = check({ ...none, log, everyMs: 20, pod: { ...pod(() => []), listening } });
    await made.start();
    const problem = await made.problem();
    expect(problem).toContain('(/proc/net/tcp: ENOENT)');
    expect(problem).toContain('GW_SIDECAR_CHECK=ports');
    broken = false;
    await expect.poll(() => log.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
    expect(await made.problem()).toBeUndefined();
  });
});

test('checks regularly and logs each change once', async () => {
  const log = listeningLogger();
  const first = answering();
  const port = await at('127.0.0.2', first);
  const made = check({ ports: [port], log, everyMs: 20 });
  let asked = 0;
  first.on('request', () => asked++);
  await made.start();
  await expect.poll(() => asked).toBeGreaterThan(4);
  expect(log.lines).toMatchObject([{ level: 'warn', facts: { at: [`127.0.0.2:${port}`] } }]);
  first.close();
  await expect.poll(() => log.lines.at(-1)!.level).toBe('info');
  expect(await made.problem()).toBeUndefined();
  await at('127.0.0.2', answering(), port);
  await expect.poll(() => log.lines.at(-1)!.level).toBe('warn');
  expect(await made.problem()).toContain(`127.0.0.2:${port}`);
  expect(log.lines).toHaveLength(3);
});

function useFakeTimers(...toFake: ('performance' | 'setInterval' | 'clearInterval')[]): void {
  vi.useFakeTimers({ toFake });
  onTestFinished(() => void vi.useRealTimers());
}

/** An MLflow on 127.0.0.2 that counts its requests. */
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

test('checks once for frequent probes', async () => {
  useFakeTimers('performance');
  const { port, state } = await counting();
  const made = check({ ports: [port] });
  const problems = await Promise.all([made.problem(), made.problem(), made.problem()]);
  expect(new Set(problems).size).toBe(1);
  await made.problem();
  vi.advanceTimersByTime(1_000);
  await made.problem();
  expect(state.asked).toBe(1);
});

test('checks again after a second, as MLflow may have started', async () => {
  useFakeTimers('performance');
  const free = answering();
  const port = await at('127.0.0.2', free);
  free.close();
  const made = check({ ports: [port] });
  expect(await made.problem()).toBeUndefined();
  await at('127.0.0.2', answering(), port);
  vi.advanceTimersByTime(1_001);
  expect(await made.problem()).toContain(`127.0.0.2:${port}`);
});

test('an MLflow that was found and is now too busy to answer still counts', async () => {
  const { port, state } = await counting();
  const made = check({ ports: [port], everyMs: 20 });
  await made.start();
  state.busy = true;
  const before = state.asked;
  await expect.poll(() => state.asked).toBeGreaterThan(before + 3);
  expect(await made.problem()).toContain(`127.0.0.2:${port}`);
});

test('stops checking once closed', async () => {
  useFakeTimers('setInterval', 'clearInterval');
  const { port, state } = await counting();
  const made = check({ ports: [port], everyMs: 10 });
  await made.start();
  expect(state.asked).toBe(1);
  expect(vi.getTimerCount()).toBe(1);
  made.close();
  expect(vi.getTimerCount()).toBe(0);
});
