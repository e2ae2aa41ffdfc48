import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CHILD_ENV } from '../../dev/child-env.ts';
import { freePort } from '../../dev/ports.ts';
import { officialChart } from '../inject/testing/pods.ts';
import { ROTATED_CERTIFICATE, ROTATED_KEY } from '../inject/testing/rotated.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../upstream/testing/tls.ts';

const MAIN = join(import.meta.dirname, '../main.ts');

interface Webhook {
  readonly dir: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<number | null>;
  /** Standard error so far. */
  log(): string;
}

/** The real process. */
async function start(settings: unknown, env: Record<string, string> = {}): Promise<Webhook> {
  const dir = await mkdtemp(join(tmpdir(), 'inject-'));
  await writeFile(join(dir, 'tls.crt'), CERTIFICATE);
  await writeFile(join(dir, 'tls.key'), PRIVATE_KEY);
  await writeFile(join(dir, 'settings.json'), JSON.stringify(settings));
  const port = await freePort();
  const child = spawn(process.execPath, ['--disallow-code-generation-from-strings', MAIN, 'inject'], {
    env: {
      ...CHILD_ENV,
      GW_INJECT_LISTEN_PORT: String(port),
      GW_INJECT_TLS_CERT_FILE: join(dir, 'tls.crt'),
      GW_INJECT_TLS_KEY_FILE: join(dir, 'tls.key'),
      GW_INJECT_IMAGE: 'mlflow-gateway:1',
      GW_INJECT_CONFIG_FILE: join(dir, 'settings.json'),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr!.on('data', (chunk) => {
    text += chunk;
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
    await rm(dir, { recursive: true });
  });
  return { dir, port, pid: child.pid!, exited, log: () => text };
}

function ask(
  port: number,
  path: string,
  body?: string,
  ca = CERTIFICATE,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path,
      ca,
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json' },
      agent: false,
    });
    sent.on('error', reject);
    sent.on('response', async (answer) => {
      const text = (await answer.toArray()).join('');
      resolve({ status: answer.statusCode!, body: JSON.parse(text) });
    });
    sent.end(body);
  });
}

test('serves reviews with the settings of its file, loads a new certificate, and drains', async () => {
  const env = [{ name: 'GW_OIDC_ISSUER', value: 'https://idp.example' }];
  const webhook = await start({ gateway: { env } }, { GW_DRAIN_DELAY_SECONDS: '6' });
  const { port, dir } = webhook;
  await expect.poll(async () => (await ask(port, '/readyz')).status).toBe(200);
  const review = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      object: officialChart(),
    },
  });
  const { body } = await ask(port, '/mutate', review);
  const { response } = body as { response: { patch: string } };
  const patch = Buffer.from(response.patch, 'base64').toString();
  expect(patch).toContain('"name":"GW_OIDC_ISSUER","value":"https://idp.example"');
  expect(patch).toContain('"image":"mlflow-gateway:1"');

  await writeFile(join(dir, 'tls.crt'), ROTATED_CERTIFICATE);
  await writeFile(join(dir, 'tls.key'), ROTATED_KEY);
  await expect
    .poll(async () => (await ask(port, '/readyz', undefined, ROTATED_CERTIFICATE)).status)
    .toBe(200);

  process.kill(webhook.pid, 'SIGTERM');
  await expect
    .poll(async () => (await ask(port, '/readyz', undefined, ROTATED_CERTIFICATE)).status)
    .toBe(503);
  expect((await ask(port, '/mutate', review, ROTATED_CERTIFICATE)).status).toBe(200);
  expect(await webhook.exited).toBe(0);
  const messages = webhook
    .log()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
    .filter((message) => !message.startsWith('the certificate’s files'));
  expect(messages).toEqual([
    'mlflow-gateway inject listens',
    'injected',
    'certificate changed',
    'draining',
    'injected',
    'stopped',
  ]);
});

test('does not start with invalid settings, and reports all problems', async () => {
  const webhook = await start(
    { sidecar: 'none', gateway: { env: [{ name: 'GW_LISTEN_PORT', value: '1' }] } },
    {
      GW_INJECT_LISTEN_PORT: 'x',
    },
  );
  expect(await webhook.exited).toBe(1);
  const log = webhook.log();
  expect(log).toContain('The configuration cannot be used: 3 problems.');
  expect(log).toContain('GW_INJECT_LISTEN_PORT is "x" but must be');
  expect(log).toContain('which cannot be used: sidecar: ');
  expect(log).toContain('gateway.env[0].name: GW_LISTEN_PORT follows from the pod');
});

test('does not start without its certificate', async () => {
  const webhook = await start({}, { GW_INJECT_TLS_KEY_FILE: '/nowhere/tls.key' });
  expect(await webhook.exited).toBe(1);
  expect(webhook.log()).toBe('/nowhere/tls.key cannot be read (ENOENT).\n');
});
