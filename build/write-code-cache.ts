/**
 * Writes V8's code cache for the bundle: `node FLAGS build/write-code-cache.ts FOLDER`, with the flags of the image.
 *
 * It runs the gateway of that folder in this process until it has served some requests, in front of a stub of MLflow and an identity
 * provider, so that the cache holds the functions that a start and a request need, and not only those at the top of the file.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Script } from 'node:vm';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { cacheName, SCRIPT } from './code-cache.ts';

const AUDIENCE = 'mlflow';
const REQUESTS = 30;
const READY_WITHIN_MS = 60_000;

const [folder = ''] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'code-cache-'));
const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
const jwk = { ...(await exportJWK(publicKey)), kid: '1', alg: 'RS256', use: 'sig' };

const stub = createServer((req, res) => {
  const path = (req.url ?? '').split('?', 1)[0]!;
  const answers: Record<string, unknown> = {
    '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/jwks` },
    '/jwks': { keys: [jwk] },
    '/api/3.0/mlflow/server-info': { store_type: 'SqlStore', workspaces_enabled: true },
  };
  const body = JSON.stringify(answers[path] ?? {});
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}).listen(0, '127.0.0.1');
await once(stub, 'listening');
const issuer = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
const token = await new SignJWT({ tenant_id: 'team-a', roles: ['contributor'] })
  .setProtectedHeader({ alg: 'RS256', kid: '1' })
  .setIssuer(issuer)
  .setAudience(AUDIENCE)
  .setSubject('someone')
  .setIssuedAt()
  .setExpirationTime('1h')
  .sign(privateKey);
const port = await freePort();

Object.assign(process.env, {
  GW_TARGET_BASE_URL: issuer,
  GW_AUTH_MODE: 'oidc',
  GW_OIDC_ISSUER: issuer,
  GW_OIDC_AUDIENCE: AUDIENCE,
  GW_LISTEN_HOST: '127.0.0.1',
  GW_LISTEN_PORT: String(port),
  GW_METRICS_HOST: '127.0.0.1',
  GW_METRICS_PORT: String(await freePort()),
  GW_AUDIT_FILE: join(scratch, 'audit.jsonl'),
  GW_LOG_LEVEL: 'error',
});
process.argv = [process.execPath, join(folder, SCRIPT), 'serve'];
const source = readFileSync(join(folder, SCRIPT));
const script = new Script(source.toString('latin1'), { filename: join(folder, SCRIPT) });
void (script.runInThisContext() as () => Promise<void>)();

const started = performance.now();
for (;;) {
  const { status, text } = await ask('/readyz');
  if (status === 200) break;
  if (performance.now() - started > READY_WITHIN_MS) fail(`the gateway did not become ready: ${text}`);
  await sleep(20);
}
for (let i = 0; i < REQUESTS; i++) {
  const { status, text } = await ask(`/api/2.0/mlflow/runs/get?run_id=${String(i).padStart(32, '0')}`);
  if (status !== 200) fail(`the gateway answered ${status}: ${text}`);
}
writeFileSync(join(folder, cacheName(source)), script.createCachedData());
rmSync(scratch, { recursive: true });
process.exit(0);

/** The gateway in this process would handle an exception. */
function fail(why: string): never {
  process.stderr.write(`write-code-cache: ${why}\n`);
  process.exit(1);
}

function ask(path: string): Promise<{ readonly status?: number | undefined; readonly text: string }> {
  const headers = { authorization: `Bearer ${token}` };
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    }).on('error', ({ message }) => resolve({ text: message }));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}
