/** Runs the webhook with the settings and certificate that the chart renders. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort } from '../../dev/ports.ts';
import { type RunningProcess, startProcess } from '../../dev/process.ts';
import { type KubeObject, one, render } from './helm.ts';
import { mlflowPod } from './pods.ts';

const NAME = 'gw-mlflow-gateway-inject';
const ROOT = join(import.meta.dirname, '../..');

let dir: string;
let port: number;
let webhook: RunningProcess;
let registration: KubeObject;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'chart-webhook-'));
  const objects = render('sidecar-webhook');
  registration = one(objects, 'MutatingWebhookConfiguration');
  const { data } = one(objects, 'Secret', `${NAME}-tls`);
  for (const key of ['tls.crt', 'tls.key']) writeFileSync(join(dir, key), Buffer.from(data[key], 'base64'));
  writeFileSync(join(dir, 'settings.json'), one(objects, 'ConfigMap', NAME).data['settings.json']);
  const { args, env } = one(objects, 'Deployment', NAME).spec.template.spec.containers[0];
  port = await freePort();
  const variables = Object.fromEntries(
    env.map(({ name, value }: { name: string; value: string }) => [
      name,
      value.replace(/^\/etc\/mlflow-gateway\/inject(-tls)?/, dir),
    ]),
  );
  webhook = await startProcess({
    name: 'the webhook',
    command: process.execPath,
    args: [join(ROOT, 'src/main.ts'), ...args],
    env: { ...variables, GW_INJECT_LISTEN_PORT: String(port) },
    log: join(dir, 'webhook.log'),
  });
  await vi.waitFor(
    async () => {
      if (webhook.gone() !== undefined) throw new Error(`it ${webhook.gone()}:\n${webhook.tail()}`);
      expect(await ask('GET', '/readyz')).toMatchObject({ status: 200 });
    },
    { timeout: 30_000, interval: 50 },
  );
});

afterAll(async () => {
  await webhook?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('API servers trust its certificate, and it answers at their path', async () => {
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'ml',
      object: mlflowPod(),
    },
  };
  const { status, body } = await ask('POST', registration.webhooks[0].clientConfig.service.path, review);
  expect(status).toBe(200);
  const { response } = JSON.parse(body);
  expect(response).toMatchObject({ uid: '1', allowed: true, patchType: 'JSONPatch' });
  const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString());
  const sidecar = patch.find(({ path }: { path: string }) => path.startsWith('/spec/initContainers'))
    .value[0];
  expect(sidecar).toMatchObject({
    name: 'mlflow-gateway',
    image: 'mlflow-gateway:0.1.0',
    restartPolicy: 'Always',
    lifecycle: { preStop: { exec: { command: expect.arrayContaining(['drain']) } } },
  });
  expect(sidecar.env).toContainEqual({
    name: 'GW_RBAC_ADMIN_ALIASES',
    valueFrom: { configMapKeyRef: { name: 'groups', key: 'admins' } },
  });
  const added = patch.filter(({ path }: { path: string }) => path.startsWith('/spec/volumes'));
  expect(added.map(({ value }: { value: { name: string } }) => value.name)).toEqual([
    'mlflow-gateway-socket',
    'mlflow-gateway-policy',
    'mlflow-gateway-deny-list',
    'mlflow-gateway-provider-ca',
  ]);
});

/** Connects by the name of its Service, and trusts only the CA of the registration. */
function ask(method: string, path: string, body?: object): Promise<{ status: number; body: string }> {
  const { caBundle, service } = registration.webhooks[0].clientConfig;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        ca: Buffer.from(caBundle, 'base64'),
        servername: `${service.name}.${service.namespace}.svc`,
        headers: { 'content-type': 'application/json' },
        agent: false,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
