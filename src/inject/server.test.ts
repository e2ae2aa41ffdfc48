import { once } from 'node:events';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../telemetry/log.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../upstream/testing/tls.ts';
import type { KeyPair } from './certificate.ts';
import { type InjectServer, makeInjectServer } from './server.ts';
import { readSettings } from './settings.ts';
import { officialChart } from './testing/pods.ts';
import { ROTATED_CERTIFICATE, ROTATED_KEY } from './testing/rotated.ts';

const pair = (cert: string, key: string): KeyPair => ({
  cert,
  key,
  validFrom: new Date(0),
  validTo: new Date(8.64e15),
});

interface Running {
  readonly server: InjectServer;
  readonly port: number;
  readonly logged: Record<string, unknown>[];
  setProblem(why: string | undefined): void;
}

async function start(): Promise<Running> {
  const logged: Record<string, unknown>[] = [];
  const log = createLogger({
    level: 'info',
    stream: { write: (line: string) => void logged.push(JSON.parse(line)) },
  });
  let problem: string | undefined;
  const server = makeInjectServer({
    settings: readSettings('{}', 'gateway:1'),
    certificate: { current: pair(CERTIFICATE, PRIVATE_KEY), problem: () => problem },
    log,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const setProblem = (why: string | undefined) => {
    problem = why;
  };
  return { server, port: (server.address() as AddressInfo).port, logged, setProblem };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

function ask(
  { port }: Pick<Running, 'port'>,
  path: string,
  options: {
    readonly method?: string;
    readonly type?: string;
    readonly body?: string | Buffer;
    readonly ca?: string;
    readonly agent?: Agent;
  } = {},
): Promise<Answer> {
  const { method = 'GET', type = 'application/json', body, ca = CERTIFICATE, agent } = options;
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path,
      method,
      ca,
      headers: body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) },
      agent: agent ?? false,
    });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () =>
        resolve({ status: answer.statusCode!, headers: answer.headers, body: JSON.parse(text) }),
      );
    });
    sent.end(body);
  });
}

const review = (object: unknown): string =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'ml',
      object,
    },
  });

const mutate = (to: Running, body: string | Buffer, type?: string) =>
  ask(to, '/mutate', { method: 'POST', body, ...(type === undefined ? {} : { type }) });

describe('POST /mutate', () => {
  test('answers a review of an API server, and logs the outcome', async () => {
    const running = await start();
    const { port } = running;
    // Go's client adds the timeout as a query.
    const answer = await ask({ port }, '/mutate?timeout=10s', {
      method: 'POST',
      body: review(officialChart()),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body).toMatchObject({
      kind: 'AdmissionReview',
      response: { uid: 'u-1', allowed: true, patchType: 'JSONPatch' },
    });
    expect(running.logged).toMatchObject([
      { level: 'info', msg: 'injected', uid: 'u-1', namespace: 'ml', container: 'mlflow', port: 5000 },
    ]);
  });

  test('answers a refusal with 200, and logs a warning', async () => {
    const running = await start();
    const object = officialChart();
    object.spec.hostNetwork = true;
    const { status, body } = await mutate(running, review(object));
    expect(status).toBe(200);
    expect(body).toMatchObject({ response: { allowed: false, status: { code: 422 } } });
    expect(running.logged).toMatchObject([
      { level: 'warn', msg: 'refused', why: expect.stringContaining('host') },
    ]);
  });

  test.each<[string, string | Buffer, string | undefined, number, string]>([
    ['not JSON', '{"kind"', undefined, 400, 'The body is not JSON.'],
    ['not a review', '{}', undefined, 400, 'not an AdmissionReview'],
    ['another type', review({}), 'text/plain', 415, 'application/json'],
    ['too long', Buffer.alloc(4 * 1024 * 1024 + 1, 32), undefined, 413, 'at most 4194304 bytes'],
  ])('%s is no review, and gets none back', async (_, body, type, status, error) => {
    const answer = await mutate(await start(), body, type);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error: expect.stringContaining(error) });
  });

  test('limits a body of unknown length', async () => {
    const { port } = await start();
    const status = await new Promise<number>((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port,
        path: '/mutate',
        method: 'POST',
        ca: CERTIFICATE,
        agent: false,
      });
      sent.setHeader('content-type', 'application/json');
      sent.on('response', (answer) => resolve(answer.statusCode!));
      sent.on('error', reject);
      for (let i = 0; i < 5; i++) sent.write(Buffer.alloc(1024 * 1024, 32));
    });
    expect(status).toBe(413);
  });

  test('reads the largest pod that an API server accepts', async () => {
    const object = officialChart();
    object.metadata.annotations = { big: 'x'.repeat(3 * 1024 * 1024) };
    expect((await mutate(await start(), review(object))).body).toMatchObject({ response: { allowed: true } });
  });

  test('answers several reviews on one connection', async () => {
    const running = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const post = () => ask(running, '/mutate', { method: 'POST', body: review(officialChart()), agent });
    for (const { status, headers } of [await post(), await post()]) {
      expect(status).toBe(200);
      expect(headers.connection).not.toBe('close');
    }
  });
});

test('a failure is answered without a review, so the pod is refused', async () => {
  const running = await start();
  const object = officialChart();
  // A value that only a defect could pass on to this point.
  const settings = { ...readSettings('{}', 'x'), socket: undefined };
  const server = makeInjectServer({
    settings: settings as never,
    certificate: { current: pair(CERTIFICATE, PRIVATE_KEY), problem: () => undefined },
    log: createLogger({ level: 'silent' }),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const answer = await ask({ port: (server.address() as AddressInfo).port }, '/mutate', {
    method: 'POST',
    body: review(object),
  });
  expect(answer.status).toBe(500);
  expect(answer.body).not.toHaveProperty('response');
  expect(running.logged).toEqual([]);
});

describe('probes', () => {
  test('/healthz answers always, /readyz only with a valid certificate', async () => {
    const running = await start();
    expect(await ask(running, '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await ask(running, '/readyz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    running.setProblem('the certificate expired on Monday');
    expect((await ask(running, '/healthz')).status).toBe(200);
    expect(await ask(running, '/readyz')).toMatchObject({
      status: 503,
      body: { status: 'unready', reasons: ['the certificate expired on Monday'] },
    });
  });

  test('while draining, it serves as unready and closes connections', async () => {
    const running = await start();
    running.server.drain();
    expect(await ask(running, '/readyz')).toMatchObject({
      status: 503,
      body: { reasons: ['shutting down'] },
    });
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const { status, headers } = await ask(running, '/mutate', {
      method: 'POST',
      body: review(officialChart()),
      agent,
    });
    expect(status).toBe(200);
    expect(headers.connection).toBe('close');
  });

  test.each([
    ['GET', '/mutate', 405, 'POST'],
    ['POST', '/readyz', 405, 'GET'],
    ['GET', '/', 404, undefined],
    ['GET', '/metrics', 404, undefined],
  ])('%s %s is answered %d', async (method, path, status, allow) => {
    const answer = await ask(await start(), path, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.allow).toBe(allow);
  });
});

describe('TLS', () => {
  const handshake = (port: number, options: object): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
      socket.once('secureConnect', () => resolve(socket));
      socket.once('error', reject);
      onTestFinished(() => void socket.destroy());
    });

  test.each([
    ['TLSv1.2', true],
    ['TLSv1.3', true],
    ['TLSv1.1', false],
  ])('%s: %s', async (version, accepted) => {
    const { port } = await start();
    // Only a client with this security level still offers TLS 1.1.
    const options = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
    if (accepted) expect((await handshake(port, options)).getProtocol()).toBe(version);
    else
      await expect(handshake(port, options)).rejects.toThrow(/alert protocol version|unsupported protocol/i);
  });

  test('does not answer plain HTTP', async () => {
    const { port } = await start();
    const outcome = new Promise((resolve) => {
      plainRequest({ host: '127.0.0.1', port, path: '/healthz' })
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
        .on('response', () => resolve('answered'))
        .end();
    });
    expect(await outcome).toMatch(/^(ECONNRESET|HPE_)/);
  });

  test('does not offer HTTP/2', async () => {
    const { port } = await start();
    expect((await handshake(port, { ALPNProtocols: ['h2', 'http/1.1'] })).alpnProtocol).toBe('http/1.1');
  });

  test('uses a new certificate for new connections, and keeps the old ones', async () => {
    const running = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    expect((await ask(running, '/healthz', { agent })).status).toBe(200);
    running.server.useCertificate(pair(ROTATED_CERTIFICATE, ROTATED_KEY));
    const subject = (socket: TLSSocket) => (socket.getPeerCertificate() as PeerCertificate).subject.CN;
    expect(subject(await handshake(running.port, {}))).toBe('rotated');
    expect((await ask(running, '/healthz', { ca: ROTATED_CERTIFICATE })).status).toBe(200);
    await expect(ask(running, '/healthz')).rejects.toThrow(/self-signed/);
    expect((await ask(running, '/healthz', { agent })).status).toBe(200);
  });
});
