/** Connections that end badly, in every phase, against the real process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectByTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHILD_ENV } from '../../dev/child-env.ts';
import { type GatewayProcess, startGateway } from '../../dev/gateway-process.ts';
import { fetcher } from '../../dev/http.ts';
import { freePort } from '../../dev/ports.ts';
import { found } from '../../dev/waiting.ts';
import { LIMITS } from '../limits.ts';
import { callOperation } from '../mlflow/call.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../upstream/testing/tls.ts';

const HEALTH = callOperation('health').paths[0];
const SERVER_INFO = callOperation('serverInfo').paths[0];
const SEARCH = callOperation('searchExperiments').paths[0];
const ROUNDS = 100;

let dir: string;
let upstream: Server;
let gateway: GatewayProcess;
let address: string;

beforeAll(async () => {
  upstream = createServer((req, res) => {
    const path = req.url?.split('?', 1)[0];
    res.setHeader('content-type', 'application/json');
    if (path === SERVER_INFO) res.end('{"workspaces_enabled":true}');
    else if (path === SEARCH) res.end('{}');
    else if (req.headers['x-request-id'] === 'long') {
      // A response that never ends.
      res.write('x'.repeat(100_000));
    } else setTimeout(() => res.end('OK'), req.headers['x-request-id'] === 'slow' ? 1_000 : 0);
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  address = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  dir = await mkdtemp(join(tmpdir(), 'connections-'));
});

afterAll(async () => {
  upstream.closeAllConnections();
  upstream.close();
  await rm(dir, { recursive: true });
});

/** Sends bytes; `answered` waits for the first bytes of a response, so that the gateway must have read them. */
async function open(
  bytes: string,
  answered: boolean,
): Promise<{ socket: Socket; text: () => string; reset: () => void }> {
  const tcp = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true });
  const isTls = gateway.address.startsWith('https:');
  const socket = isTls ? connectByTls({ socket: tcp, host: 'localhost', ca: CERTIFICATE }) : tcp;
  tcp.on('error', () => {});
  socket.on('error', () => {});
  let text = '';
  const said = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      resolve();
    });
    socket.once('end', () => resolve()).once('close', () => resolve());
  });
  const ready = once(socket, isTls ? 'secureConnect' : 'connect');
  // By TLS, a connection that is refused because too many are open ends within its handshake.
  await Promise.race([ready.catch(() => {}), said]);
  socket.write(bytes);
  if (answered) await said;
  return { socket, text: () => text, reset: () => void tcp.resetAndDestroy() };
}

const until = (what: () => Promise<boolean>): Promise<boolean> => found(String(what), what);

async function auditLines(): Promise<Record<string, unknown>[]> {
  const lines = (await readFile(gateway.auditFile, 'utf8')).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}

const descriptors = async (): Promise<number> => (await readdir(`/proc/${gateway.pid}/fd`)).length;

/** Expects that the same process still runs and serves another caller. */
async function expectUnharmed(): Promise<void> {
  expect(gateway.gone()).toBeUndefined();
  expect((await gateway.fetch('/healthz')).status).toBe(200);
  expect((await gateway.fetch(HEALTH)).status).toBe(200);
}

const BODY = 'x'.repeat(2_000);
const UPGRADE = 'Host: g\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';

/** The bytes of each phase, and the reason in the audit line if the gateway refuses them. */
const PHASES: Readonly<Record<string, readonly [bytes: string, reason: string | undefined]>> = {
  'an upgrade': [`GET ${HEALTH} HTTP/1.1\r\n${UPGRADE}\r\n`, 'upgrade_refused'],
  'an upgrade with a part of its body': [
    `POST ${HEALTH} HTTP/1.1\r\n${UPGRADE}Content-Length: 100000\r\n\r\n${BODY}`,
    'upgrade_refused',
  ],
  'an upgrade with its whole body and more': [
    `POST ${HEALTH} HTTP/1.1\r\n${UPGRADE}Content-Length: 2000\r\n\r\n${BODY}${BODY}`,
    'upgrade_refused',
  ],
  'an upgrade with a part of a chunked body': [
    `POST ${HEALTH} HTTP/1.1\r\n${UPGRADE}Transfer-Encoding: chunked\r\n\r\n1000\r\n${BODY}`,
    'upgrade_refused',
  ],
  'CONNECT and a tunnel’s bytes': [`CONNECT g:80 HTTP/1.1\r\nHost: g\r\n\r\n${BODY}`, 'upgrade_refused'],
  'CONNECT with a part of a body': [
    `CONNECT g:80 HTTP/1.1\r\nHost: g\r\nContent-Length: 100000\r\n\r\n${BODY}`,
    'upgrade_refused',
  ],
  'bytes that are not HTTP': ['\u0016\u0003\u0001 no\r\n\r\n', 'malformed_request'],
  'an expectation': [`GET ${HEALTH} HTTP/1.1\r\nHost: g\r\nExpect: cake\r\n\r\n`, 'malformed_header'],
  'half a head': [`GET ${HEALTH} HTTP/1.1\r\nHost: g\r\nX-A`, undefined],
  'half a body': [
    `POST /gateway/sign-in HTTP/1.1\r\nHost: g\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntenant=`,
    undefined,
  ],
  'a request with a response in progress': [
    `GET ${HEALTH} HTTP/1.1\r\nHost: g\r\nX-Request-Id: long\r\n\r\n`,
    'aborted',
  ],
};

describe.each(['http', 'https'])('over %s', (protocol) => {
  beforeAll(async () => {
    const certificate = join(dir, 'tls.crt');
    const key = join(dir, 'tls.key');
    await writeFile(certificate, CERTIFICATE);
    await writeFile(key, PRIVATE_KEY, { mode: 0o600 });
    const byTls = { GW_TLS_CERT_FILE: certificate, GW_TLS_KEY_FILE: key };
    const own = await mkdtemp(join(dir, 'gateway-'));
    gateway = await startGateway({
      dir: own,
      env: { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: address, ...(protocol === 'https' ? byTls : {}) },
      ...(protocol === 'https' ? { tls: { ca: CERTIFICATE } } : {}),
    });
  });
  afterAll(() => gateway.stop());

  describe.each(Object.entries(PHASES))('after %s', (_, [bytes, reason]) => {
    test('hundreds of resets end their own connections, and each refusal has its audit line', async () => {
      const before = (await auditLines()).length;
      const slow = gateway.fetch(HEALTH, { headers: { 'x-request-id': 'slow' } });
      for (let round = 0; round < ROUNDS; round += 10) {
        const seen = await Promise.all(Array.from({ length: 10 }, () => open(bytes, reason !== undefined)));
        for (const { reset } of seen) reset();
        const unseen = await Promise.all(Array.from({ length: 10 }, () => open(bytes, false)));
        for (const { reset } of unseen) reset();
      }
      expect((await slow).status).toBe(200);
      await expectUnharmed();
      if (reason !== undefined) {
        await until(async () => {
          const lines = (await auditLines()).slice(before);
          return lines.filter((line) => line.reason === reason).length >= ROUNDS;
        });
      }
    });
  });

  test('a refused request has one response, and its connection ends soon even if the peer keeps it open', async () => {
    const before = await descriptors();
    const refused = Object.values(PHASES).filter(
      ([, reason]) => reason === 'upgrade_refused' || reason === 'malformed_request',
    );
    const kept = await Promise.all(
      refused.flatMap(([bytes]) => Array.from({ length: 20 }, () => open(bytes, true))),
    );
    for (const { text } of kept) {
      expect(text()).toMatch(/^HTTP\/1\.1 400 /);
      expect(text().match(/HTTP\/1\.1 /g)).toHaveLength(1);
    }
    await until(async () => (await descriptors()) <= before + 5);
    for (const { socket } of kept) socket.destroy();
  });

  test.each([
    ['bytes that are not HTTP', '\u0016\u0003\r\n\r\n'],
    ['an upgrade', `GET ${HEALTH} HTTP/1.1\r\n${UPGRADE}\r\n`],
    ['CONNECT', 'CONNECT g:80 HTTP/1.1\r\nHost: g\r\n\r\n'],
  ])(
    '%s after a request with a response in progress ends the connection without a second head',
    async (_, bytes) => {
      const { socket, text } = await open(
        `GET ${HEALTH} HTTP/1.1\r\nHost: g\r\nX-Request-Id: long\r\n\r\n`,
        true,
      );
      const before = (await auditLines()).length;
      const closed = once(socket, 'close');
      socket.write(bytes);
      socket.once('end', () => socket.end());
      await closed;
      expect(text()).toMatch(/^HTTP\/1\.1 200 /);
      expect(text().match(/HTTP\/1\.1 /g)).toHaveLength(1);
      await until(async () => {
        const reasons = (await auditLines()).slice(before).map((line) => line.reason);
        return (
          reasons.includes('aborted') &&
          reasons.some((r) => r === 'upgrade_refused' || r === 'malformed_request')
        );
      });
      await expectUnharmed();
    },
  );

  test('pipelined requests are handled in turn, and too many of them end the connection', async () => {
    const one = (id: string): string => `GET ${HEALTH} HTTP/1.1\r\nHost: g\r\nX-Request-Id: ${id}\r\n\r\n`;
    const ids = Array.from({ length: LIMITS.waitingRequests.value + 1 }, (_, i) => `turn-${i}`);
    const { socket, text } = await open(ids.map(one).join(''), true);
    await until(async () => (text().match(/HTTP\/1\.1 200/g) ?? []).length === ids.length);
    expect([...text().matchAll(/x-request-id: (turn-\d+)/gi)].map(([, id]) => id)).toEqual(ids);
    socket.destroy();

    const before = (await auditLines()).length;
    const flood = await open(one('slow').repeat(LIMITS.waitingRequests.value + 50), true);
    expect(flood.text()).toBe('');
    await until(async () =>
      (await auditLines()).slice(before).some((line) => line.reason === 'malformed_request'),
    );
    await expectUnharmed();
  });

  test('beyond the limit of connections, those without a request make room for a new caller', async () => {
    const idle: Socket[] = [];
    const most = (protocol === 'https' ? LIMITS.tlsConnections : LIMITS.connections).value;
    const request = `GET ${HEALTH} HTTP/1.1\r\nHost: g\r\n\r\n`;
    for (let i = 0; i < most + 10; i += 100) {
      const more = await Promise.all(Array.from({ length: 100 }, () => open(request, true)));
      idle.push(...more.map(({ socket }) => socket));
      expect(await descriptors()).toBeLessThan(most + 350);
      if (i === 500) expect(await descriptors()).toBeGreaterThan(500);
    }
    await expectUnharmed();
    for (const socket of idle) socket.destroy();
    expect(await readFile(gateway.log, 'utf8')).toContain('connections refused: too many are open');
  });
});

test('a closed standard output makes the gateway unready, with a reason, and does not end it', async () => {
  const port = await freePort();
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts'), 'serve'], {
    env: {
      ...CHILD_ENV,
      GW_AUTH_MODE: 'off',
      GW_TARGET_BASE_URL: address,
      GW_LISTEN_HOST: '127.0.0.1',
      GW_LISTEN_PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  try {
    const ask = fetcher(`http://127.0.0.1:${port}`);
    const status = async (path: string): Promise<number> =>
      (await ask(path).catch(() => undefined))?.status ?? 0;
    await until(async () => (await status('/readyz')) === 200);
    child.stdout.destroy();
    expect(await status(HEALTH)).toBe(200);
    await until(async () => (await status('/readyz')) === 503);
    expect(await (await ask('/readyz')).json()).toMatchObject({
      reasons: [expect.stringContaining('The audit log cannot be written')],
    });
    expect(said).toContain('The audit log cannot be written');
    child.stderr.destroy();
    expect(await status('/nowhere')).toBe(404);
    expect(await status('/healthz')).toBe(200);
    expect(child.exitCode).toBeNull();
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});
