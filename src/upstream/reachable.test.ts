import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { eventually, found } from '../../dev/waiting.ts';
import { Availability } from './availability.ts';
import { SocketGuard } from './socket-guard.ts';
import { type StoppedClock, stopClock } from './testing/clock.ts';
import { front, listen, listeningLogger, stub, temporaryDirectory, upstreamTo } from './testing/servers.ts';
import { binder, kill, listener } from './testing/sockets.ts';

const closedPort = async (): Promise<number> => {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
};

describe('reachable', () => {
  it('calls the health check', async () => {
    const asked: string[] = [];
    const port = await stub((req, res) => {
      asked.push(`${req.method} ${req.url}`);
      res.end('OK');
    });
    expect(await upstreamTo(port).reachable()).toEqual({ ok: true });
    expect(asked).toEqual(['GET /health']);
  });

  it('reports the cause', async () => {
    const sick = await stub((_req, res) => res.writeHead(500).end());
    expect(await upstreamTo(sick).reachable()).toEqual({
      ok: false,
      why: expect.stringMatching(/^MLflow answered 500 to its health check: look into MLflow's log/),
    });
    const slow = await stub(() => {});
    expect(await upstreamTo(slow, { requestTimeoutMs: 50 }).reachable()).toEqual({
      ok: false,
      why: 'MLflow did not answer within 0.05 seconds.',
    });
    expect(await upstreamTo(await closedPort()).reachable()).toEqual({
      ok: false,
      why: 'MLflow cannot be reached (ECONNREFUSED).',
    });
  });

  it('sends one health check for simultaneous calls', async () => {
    let asked = 0;
    const port = await stub((_req, res) => {
      asked++;
      res.end('OK');
    });
    const upstream = upstreamTo(port);
    expect(
      await Promise.all([upstream.reachable(), upstream.reachable(), upstream.reachable()]),
    ).toHaveLength(3);
    expect(asked).toBe(1);
    await upstream.reachable();
    expect(asked).toBe(2);
  });

  it('reports the state of a socket', async () => {
    const path = join(await temporaryDirectory(), 'm.sock');
    const upstream = upstreamTo(`unix:${path}`);
    expect(await upstream.reachable()).toEqual({
      ok: false,
      why: `unix:${path} does not exist: MLflow has not started yet.`,
    });
    const starting = await binder(path);
    expect(await upstream.reachable()).toMatchObject({
      why: expect.stringContaining('nothing listens on it yet'),
    });
    await kill(starting);
  });
});

describe('the watch', () => {
  it('logs each change once, and detects without a request that MLflow is back', async () => {
    const path = join(await temporaryDirectory(), 'm.sock');
    const logger = listeningLogger();
    const upstream = upstreamTo(`unix:${path}`, { logger });
    const gateway = await front(upstream);
    for (let i = 0; i < 3; i++) expect((await fetch(`http://127.0.0.1:${gateway.port}/`)).status).toBe(502);
    await expect.poll(() => logger.lines).toHaveLength(1);
    await listener(path);
    await expect.poll(() => logger.lines).toHaveLength(2);
    expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'warn: MLflow cannot be reached',
      'info: MLflow can be reached again',
    ]);
    expect((await fetch(`http://127.0.0.1:${gateway.port}/`)).status).toBe(200);
  });

  it('removes the socket of a killed MLflow without a request, so that the next MLflow can start', async () => {
    const path = join(await temporaryDirectory(), 'm.sock');
    const mlflow = await listener(path);
    const logger = listeningLogger();
    const upstream = upstreamTo(`unix:${path}`, { logger, socketCleanup: true });
    expect(await upstream.reachable()).toEqual({ ok: true });
    await kill(mlflow);
    expect(existsSync(path)).toBe(true);
    await expect.poll(() => existsSync(path)).toBe(false);
    await listener(path);
    await expect.poll(() => upstream.reachable()).toEqual({ ok: true });
    expect(logger.lines.map((line) => line.message)).toContain(
      'removed the stale socket of an MLflow that was killed',
    );
  });

  it('reports a stale socket and does not remove it unless configured to', async () => {
    const path = join(await temporaryDirectory(), 'm.sock');
    const mlflow = await listener(path);
    const upstream = upstreamTo(`unix:${path}`);
    expect(await upstream.reachable()).toEqual({ ok: true });
    await kill(mlflow);
    expect(await upstream.reachable()).toMatchObject({
      ok: false,
      why: expect.stringContaining('GW_UPSTREAM_SOCKET_CLEANUP=true'),
    });
    expect(existsSync(path)).toBe(true);
  });

  it('stops on close', async () => {
    let looks = 0;
    const availability = new Availability({
      name: 'x',
      health: () => Promise.reject(new Error(`no ${++looks}`)),
      guard: new SocketGuard({ path: '/nonexistent/m.sock', cleanup: false }),
      guardAlways: true,
      logger: listeningLogger(),
      onUp: () => {},
      retryMs: 10,
    });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    await availability.check();
    for (let i = 2; i < 5; i++) {
      vi.advanceTimersByTime(10);
      // A check while another is under way joins it.
      await availability.check();
      expect(looks).toBe(i);
    }
    expect(vi.getTimerCount()).toBe(1);
    availability.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(60);
    availability.noteFailure();
    expect(looks).toBe(4);
  });
});

describe('connections', () => {
  /** Answers late on a reused connection, as MLflow's workers do. */
  const stalling = (): {
    server: ReturnType<typeof createServer>;
    stall: { on: boolean };
    pass: StoppedClock;
  } => {
    const pass = stopClock();
    const stall = { on: true };
    const seen = new WeakSet<object>();
    const server = createServer(async (req, res) => {
      const late = stall.on && seen.has(req.socket);
      seen.add(req.socket);
      await pass(late ? 42 : 1);
      res.end('OK');
    });
    return { server, stall, pass };
  };
  const use = (connections: string) => [
    { level: 'info', message: 'MLflow can be reached', facts: expect.anything() },
    {
      level: 'info',
      message: 'measured connections to MLflow',
      facts: expect.objectContaining({ connections }),
    },
  ];

  it('are fresh while kept ones stall, and kept again after MLflow returns without the stall', async () => {
    const { server, stall, pass } = stalling();
    const port = await listen(server);
    const logger = listeningLogger();
    const upstream = upstreamTo(port, { connections: 'auto', logger });
    const gateway = await front(upstream);
    const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${gateway.port}/`)).text();
    await ask();
    await found('the connections are measured', () => logger.lines.length === 2);
    expect(logger.lines).toEqual(use('fresh'));
    expect(logger.lines[1]!.facts).toMatchObject({ kept_ms: 42, fresh_ms: 1 });
    let opened = 0;
    server.on('connection', () => opened++);
    for (let i = 0; i < 3; i++) await ask();
    expect(opened).toBe(3);

    server.close();
    server.closeAllConnections();
    expect((await upstream.reachable()).ok).toBe(false);
    stall.on = false;
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await eventually('they are measured again', async () => {
      await pass(1_000);
      expect(logger.lines.at(-1)).toEqual(use('keepalive')[1]);
    });
    opened = 0;
    for (let i = 0; i < 3; i++) await ask();
    expect(opened).toBe(1);
  });

  it.each([
    ['keepalive', 1],
    ['fresh', 3],
  ] as const)('are %s if so configured, without a measurement', async (connections, expected) => {
    const { server } = stalling();
    let opened = 0;
    server.on('connection', () => opened++);
    const port = await listen(server);
    const logger = listeningLogger();
    const gateway = await front(upstreamTo(port, { connections, logger }));
    for (let i = 0; i < 3; i++) await (await fetch(`http://127.0.0.1:${gateway.port}/`)).text();
    expect(opened).toBe(expected);
    expect(logger.lines.map((line) => line.message)).toEqual(['MLflow can be reached']);
  });

  it('to a Unix socket are kept, without a measurement', async () => {
    const path = join(await temporaryDirectory(), 'm.sock');
    const { server } = stalling();
    let opened = 0;
    server.on('connection', () => opened++);
    await listen(server, path);
    for (const connections of ['auto', 'fresh'] as const) {
      opened = 0;
      const logger = listeningLogger();
      const gateway = await front(upstreamTo(`unix:${path}`, { connections, logger }));
      for (let i = 0; i < 3; i++) await (await fetch(`http://127.0.0.1:${gateway.port}/`)).text();
      expect(opened).toBe(1);
      expect(logger.lines.map((line) => line.message)).toEqual(['MLflow can be reached']);
    }
  });
});
