/** TLS to callers and to MLflow, with certificates that are replaced, against the real process. */
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../../dev/gateway-process.ts';
import { eventually } from '../../dev/waiting.ts';
import { callOperation } from '../mlflow/call.ts';
import type { KeyPair } from '../tls/key-pair.ts';
import { LOCAL, makeAuthority } from '../tls/testing/certificates.ts';

const SERVER_INFO = callOperation('serverInfo').paths[0];
const SEARCH = callOperation('searchExperiments').paths[0];
const HEALTH = callOperation('health').paths[0];

const authority = makeAuthority('tests');
const soon = (check: () => Promise<void>) => eventually('the change is in use', check, { everyMs: 100 });

async function temporary(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tls-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

/** A server that answers like an MLflow, by TLS, to clients with a certificate; notes their serial numbers. */
async function startUpstream(): Promise<{ address: string; serials: Set<string> }> {
  const serials = new Set<string>();
  const server = createServer(
    { ...authority.sign(LOCAL), ca: authority.cert, requestCert: true },
    (req, res) => {
      serials.add((req.socket as TLSSocket).getPeerCertificate().serialNumber);
      const path = req.url?.split('?', 1)[0];
      res.setHeader('content-type', 'application/json');
      if (path === SERVER_INFO) res.end('{"workspaces_enabled":true}');
      else res.end(path === SEARCH ? '{}' : 'OK');
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, serials };
}

async function write(
  dir: string,
  name: string,
  { cert, key }: KeyPair,
): Promise<Record<'cert' | 'key', string>> {
  const files = { cert: join(dir, `${name}.crt`), key: join(dir, `${name}.key`) };
  await writeFile(files.cert, cert);
  await writeFile(files.key, key);
  await chmod(files.key, 0o600);
  return files;
}

/** Starts a gateway with TLS on both sides. It becomes ready without a client certificate, as the kubelet has none. */
async function startTls(dir: string, env: Readonly<Record<string, string>>) {
  const upstream = await startUpstream();
  const own = await write(dir, 'own', authority.sign(LOCAL));
  const target = await write(dir, 'target', authority.sign('DNS:gateway.example'));
  const ca = join(dir, 'ca.crt');
  await writeFile(ca, authority.cert);
  const gateway = await startGateway({
    dir,
    env: {
      GW_AUTH_MODE: 'off',
      GW_TENANCY: 'workspaces',
      GW_TARGET_BASE_URL: upstream.address,
      GW_TARGET_CA_FILE: ca,
      GW_TARGET_CERT_FILE: target.cert,
      GW_TARGET_KEY_FILE: target.key,
      GW_TLS_CERT_FILE: own.cert,
      GW_TLS_KEY_FILE: own.key,
      ...env,
    },
    tls: { ca: authority.cert },
  });
  onTestFinished(() => gateway.stop());
  return { gateway, upstream, own };
}

const serialOf = (socket: TLSSocket): string => socket.getPeerCertificate().serialNumber;

test('a certificate of the listener and the one for MLflow are replaced without a restart and without a lost request', async () => {
  const dir = await temporary();
  const { gateway, upstream, own } = await startTls(dir, { GW_UPSTREAM_CONNECTIONS: 'keepalive' });
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authority.cert });
  onTestFinished(() => agent.destroy());
  /** One request; with `kept`, on the connection that is open from the start. */
  const ask = (kept: boolean): Promise<{ status: number; serial: string; reused: boolean }> =>
    new Promise((resolve, reject) => {
      const req = request(
        {
          host: '127.0.0.1',
          port: gateway.port,
          path: HEALTH,
          ca: authority.cert,
          agent: kept ? agent : false,
        },
        (res) => {
          const serial = serialOf(res.socket as TLSSocket);
          res
            .resume()
            .on('end', () =>
              setImmediate(resolve, { status: res.statusCode!, serial, reused: req.reusedSocket }),
            );
        },
      );
      req.on('error', reject).end();
    });

  // Callers who never stop, on a kept connection and on new ones.
  const statuses: number[] = [];
  let running = true;
  const callers = [true, false].map(async (kept) => {
    while (running)
      statuses.push(
        await ask(kept).then(
          ({ status }) => status,
          () => 0,
        ),
      );
  });
  const first = await ask(false);
  const [targetSerial] = upstream.serials;

  // One file after the other: a pair that does not match is not used, and said to be so.
  const rotated = authority.sign(LOCAL);
  await writeFile(own.cert, rotated.cert);
  await soon(async () => {
    const { details } = (await (await gateway.fetch('/readyz')).json()) as { details?: string[] };
    expect(details).toEqual([expect.stringMatching(/^GW_TLS_CERT_FILE is unusable since/)]);
  });
  expect(await ask(false)).toMatchObject({ status: 200, serial: first.serial });
  await writeFile(own.key, rotated.key);
  await soon(async () => expect((await ask(false)).serial).not.toBe(first.serial));
  expect(await (await gateway.fetch('/readyz')).json()).toEqual({ status: 'ok' });

  await write(dir, 'target', authority.sign('DNS:gateway.example'));
  await soon(async () => expect(upstream.serials.size).toBe(2));
  upstream.serials.clear();
  await ask(false);
  expect(upstream.serials).not.toContain(targetSerial);

  running = false;
  await Promise.all(callers);
  expect(new Set(statuses)).toEqual(new Set([200]));
  const log = await readFile(gateway.log, 'utf8');
  expect(log).toContain('it is not the key of the first certificate');
  expect(log).not.toContain('PRIVATE KEY');
});

test('with client certificates required, a stranger gets 403 before anything else, and an audit line', async () => {
  const dir = await temporary();
  const ca = join(dir, 'ca.crt');
  const { gateway } = await startTls(dir, {
    GW_TLS_CLIENT_CA_FILE: ca,
    GW_TLS_CLIENT_NAMES: 'Proxy.example',
  });
  const refused = await gateway.fetch('/anything//?a=%zz', { method: 'PUT' });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ reason: 'client_certificate_required' });
  await soon(async () => {
    const audit = (await readFile(gateway.auditFile, 'utf8')).trim().split('\n');
    expect(JSON.parse(audit.at(-1)!)).toMatchObject({
      reason: 'client_certificate_required',
      decision: 'deny',
    });
  });

  const asked = (pair: KeyPair, path: string): Promise<{ status: number; cookie: string }> =>
    new Promise((resolve, reject) => {
      const form = 'tenant=team-a';
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length };
      request(
        {
          host: '127.0.0.1',
          port: gateway.port,
          path,
          method: 'POST',
          ca: authority.cert,
          ...pair,
          agent: false,
          headers,
        },
        (res) =>
          resolve({ status: res.statusCode!, cookie: String(res.resume().headers['set-cookie'] ?? '') }),
      )
        .on('error', reject)
        .end(form);
    });
  expect((await asked(authority.sign('DNS:other.example'), '/gateway/sign-in')).status).toBe(403);
  // TLS of the listener means https: the cookie is for https only.
  const signedIn = await asked(authority.sign('DNS:proxy.example'), '/gateway/sign-in');
  expect(signedIn.status).toBe(303);
  expect(signedIn.cookie).toMatch(/; Secure$/);
});
