import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { type AddressInfo, connect as connectPlainly } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { KeyPair } from '../../tls/key-pair.ts';
import { LOCAL, makeAuthority } from '../../tls/testing/certificates.ts';
import { type GatewayServer, makeServer } from '../server.ts';
import { ListenerTls } from './listener-tls.ts';

const servers = makeAuthority('servers');
const callers = makeAuthority('callers');
const strangers = makeAuthority('strangers');
const pair = servers.sign(LOCAL);
const rotated = servers.sign(LOCAL);
const proxy = callers.sign('DNS:proxy.example,URI:spiffe://cluster/ns/sso/sa/proxy', { usage: 'clientAuth' });

interface Running {
  readonly tls: ListenerTls;
  readonly server: GatewayServer;
  readonly port: number;
  readonly refused: string[];
  readonly logged: object[];
}

async function start(
  options: { clientCa?: string; clientNames?: string[]; handshakeMs?: number } = {},
): Promise<Running> {
  const logged: object[] = [];
  const refused: string[] = [];
  const tls = new ListenerTls({ pair, ...options, log: { warn: (facts) => void logged.push(facts) } });
  const server = makeServer(
    {
      handle: async (req, res) => {
        try {
          tls.requireClientCertificate(req);
          res.end('ok');
        } catch (error) {
          const { reason, headers } = error as { reason: string; headers: Record<string, string> };
          res.writeHead(403, headers).end(reason);
        }
      },
      refuseUnread: (status, message) => {
        refused.push(`${status} ${message}`);
        return { id: 'i', body: '{}' };
      },
    },
    { tls },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { tls, server, port: (server.address() as AddressInfo).port, refused, logged };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly kept: boolean;
  /** The serial number of the server's certificate. */
  readonly serial: string;
  readonly reused: boolean;
}

function ask(
  port: number,
  {
    path = '/',
    method = 'GET',
    agent,
    client,
  }: { path?: string; method?: string; agent?: Agent; client?: KeyPair } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        ca: servers.cert,
        ...client,
        ...(agent ? { agent } : { agent: false }),
      },
      async (res) => {
        const { serialNumber } = (res.socket as TLSSocket).getPeerCertificate();
        let text = '';
        for await (const chunk of res) text += chunk;
        const kept = res.headers.connection !== 'close';
        resolve({ status: res.statusCode!, text, kept, serial: serialNumber, reused: req.reusedSocket });
      },
    );
    req.on('error', reject);
    req.end();
  });
}

/** The error code of a handshake; `undefined` if it succeeds. */
async function handshake(port: number, options: ConnectionOptions): Promise<string | undefined> {
  const socket = connect({ host: '127.0.0.1', port, ca: servers.cert, ...options });
  const failed = once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code);
  const done = once(socket, 'secureConnect').then(() => undefined);
  done.catch(() => {});
  try {
    return await Promise.race([failed, done]);
  } finally {
    socket.destroy();
  }
}

describe('a listener with TLS', () => {
  test.each([
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
    ['HTTP/2', { ALPNProtocols: ['h2'] }],
  ] as const)('refuses %s in the handshake, and takes it for no request', async (_what, options) => {
    const { port, refused, logged } = await start();
    expect(await handshake(port, options as ConnectionOptions)).toMatch(/^ERR_SSL_/);
    expect(await handshake(port, { ALPNProtocols: ['h2', 'http/1.1'] })).toBeUndefined();
    expect((await ask(port)).status).toBe(200);
    expect(refused).toEqual([]);
    expect(logged).toHaveLength(1);
  });

  test('closes a plain HTTP connection without a response', async () => {
    const { port, refused, logged } = await start();
    const socket = connectPlainly(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: g\r\n\r\n'));
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    await once(socket, 'close');
    // At most an alert of TLS.
    expect(text).not.toContain('HTTP/1.1');
    expect(refused).toEqual([]);
    expect(logged).toEqual([expect.objectContaining({ code: 'ERR_SSL_HTTP_REQUEST' })]);
  });

  test('refuses renegotiation', async () => {
    const { port } = await start();
    const socket = connect({ host: '127.0.0.1', port, ca: servers.cert, maxVersion: 'TLSv1.2' });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    const failed = once(socket, 'error');
    socket.renegotiate({}, () => {});
    expect((await failed)[0]).toMatchObject({ code: expect.stringMatching(/NO_RENEGOTIATION/) });
    socket.destroy();
    expect((await ask(port)).status).toBe(200);
  });

  test('gives new connections the new certificate, and keeps the open ones', async () => {
    const { tls, port } = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: servers.cert });
    onTestFinished(() => agent.destroy());
    const before = await ask(port, { agent });
    tls.usePair(rotated);
    const kept = await ask(port, { agent });
    const fresh = await ask(port);
    expect(kept).toMatchObject({ status: 200, serial: before.serial, reused: true, kept: true });
    expect(fresh.status).toBe(200);
    expect(fresh.serial).not.toBe(before.serial);
  });
});

test('a handshake that does not end in time is cut off, and is no request', async () => {
  const { port, refused, logged } = await start({ handshakeMs: 100 });
  const socket = connectPlainly(port, '127.0.0.1').on('error', () => {});
  // The first byte of a handshake, and no more.
  socket.write('\u0016');
  await once(socket, 'close');
  expect(refused).toEqual([]);
  expect(logged).toEqual([expect.objectContaining({ code: 'ERR_TLS_HANDSHAKE_TIMEOUT' })]);
});

describe('with client certificates required', () => {
  test.each([
    ['none', undefined],
    ['one of another authority', strangers.sign('DNS:proxy.example')],
    ['one for servers', callers.sign('DNS:proxy.example', { usage: 'serverAuth' })],
    ['one with another name', callers.sign('DNS:other.example')],
    ['one with a wildcard', callers.sign('DNS:*.example')],
    ['one with the name as its common name only', callers.sign('email:proxy@example')],
  ] as const)('a connection with %s gets probes, and 403 for everything else', async (_what, client) => {
    const { port } = await start({ clientCa: callers.cert, clientNames: ['proxy.example', 'test'] });
    const own = client === undefined ? {} : { client };
    expect((await ask(port, { ...own, path: '/readyz' })).status).toBe(200);
    expect((await ask(port, { ...own, path: '/healthz', method: 'HEAD' })).status).toBe(200);
    for (const other of [
      { path: '/' },
      { path: '/healthz', method: 'POST' },
      { path: '/healthz/' },
      { path: '/healthz?x=1' },
      { path: '//healthz' },
      { path: '/api/2.0/mlflow/experiments/search' },
    ])
      expect(await ask(port, { ...own, ...other })).toMatchObject({
        status: 403,
        text: 'client_certificate_required',
        kept: false,
      });
  });

  test.each([
    ['a DNS name', ['proxy.example']],
    ['a URI', ['spiffe://cluster/ns/sso/sa/proxy']],
    ['any name', []],
  ])('a certificate that is accepted by %s gets responses', async (_what, clientNames) => {
    const { port } = await start({ clientCa: callers.cert, clientNames });
    expect(await ask(port, { client: proxy })).toMatchObject({ status: 200, text: 'ok' });
  });

  test('a certificate of removed authorities is not accepted on new or resumed connections, and open ones end', async () => {
    const { tls, port } = await start({ clientCa: callers.cert });
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: servers.cert, ...proxy });
    onTestFinished(() => agent.destroy());
    const sessions: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port, ca: servers.cert, ...proxy });
    socket.on('session', (session) => sessions.push(session));
    await once(socket, 'secureConnect');
    socket.write('GET / HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    expect(await ask(port, { agent })).toMatchObject({ status: 200, kept: true });
    tls.useClientCa(strangers.cert);
    expect(await ask(port, { agent })).toMatchObject({ status: 200, kept: false, reused: true });
    expect(await ask(port, { agent })).toMatchObject({ status: 403 });
    for (const session of sessions) {
      const resumed = connect({ host: '127.0.0.1', port, ca: servers.cert, session, ...proxy });
      await once(resumed, 'secureConnect');
      expect(resumed.isSessionReused()).toBe(false);
      resumed.destroy();
    }
    expect(await ask(port, { client: strangers.sign('DNS:new.example') })).toMatchObject({ status: 200 });
  });
});
