import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../../dev/gateway-process.ts';
import { startMlflow } from '../../dev/mlflow-server.ts';
import type { KeyPair } from '../../src/tls/key-pair.ts';
import { LOCAL, makeAuthority } from '../../src/tls/testing/certificates.ts';

/**
 * TLS from end to end: a client with a certificate, the gateway, and a real MLflow that serves TLS by uvicorn and requires the gateway's
 * certificate.
 */
test('reaches an MLflow that requires a client certificate, and serves callers who have one', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mtls-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const inner = makeAuthority('between gateway and MLflow');
  const outer = makeAuthority('between proxy and gateway');
  const file = (name: string, text: string): string => {
    const path = join(dir, name);
    writeFileSync(path, text);
    chmodSync(path, 0o600);
    return path;
  };
  const write = (name: string, { cert, key }: KeyPair): readonly [cert: string, key: string] => [
    file(`${name}.crt`, cert),
    file(`${name}.key`, key),
  ];
  const [mlflowCert, mlflowKey] = write('mlflow', inner.sign(LOCAL, { usage: 'serverAuth' }));
  const client = inner.sign('DNS:gateway.example', { usage: 'clientAuth' });
  const [targetCert, targetKey] = write('client', client);
  const [cert, key] = write('own', outer.sign(LOCAL, { usage: 'serverAuth' }));
  const [innerCa, outerCa] = [file('inner.crt', inner.cert), file('outer.crt', outer.cert)];

  const mlflow = await startMlflow({
    dir: join(dir, 'mlflow'),
    listen: { port: 0 },
    tls: { ca: inner.cert, ...client },
    extraArgs: [
      '--uvicorn-opts',
      // 2: ssl.CERT_REQUIRED.
      `--ssl-certfile ${mlflowCert} --ssl-keyfile ${mlflowKey} --ssl-ca-certs ${innerCa} --ssl-cert-reqs 2`,
    ],
  });
  onTestFinished(() => mlflow.stop());
  const env = { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: mlflow.address, GW_TARGET_CA_FILE: innerCa };

  // Without its certificate the gateway starts, and is not ready.
  const without = await startGateway({ dir, env, until: 'listening' });
  const unready = await without.fetch('/readyz');
  await without.stop();
  expect(unready.status).toBe(503);

  const proxy = outer.sign('DNS:proxy.example', { usage: 'clientAuth' });
  const gateway = await startGateway({
    dir,
    env: {
      ...env,
      GW_TARGET_CERT_FILE: targetCert,
      GW_TARGET_KEY_FILE: targetKey,
      GW_TLS_CERT_FILE: cert,
      GW_TLS_KEY_FILE: key,
      GW_TLS_CLIENT_CA_FILE: outerCa,
      GW_TLS_CLIENT_NAMES: 'proxy.example',
    },
    tls: { ca: outer.cert, ...proxy },
  });
  onTestFinished(() => gateway.stop());
  const headers = { 'x-tenant': 'team-a' };
  const created = await gateway.fetch('/api/2.0/mlflow/experiments/create', {
    json: { name: 'by TLS' },
    headers,
  });
  expect(created.status).toBe(200);
  const { experiment_id } = (await created.json()) as { experiment_id: string };
  const run = await gateway.fetch('/api/2.0/mlflow/runs/create', { json: { experiment_id }, headers });
  expect(run.status).toBe(200);
  // 3 MB in one upload, so that bodies stream through both connections.
  const { info } = ((await run.json()) as { run: { info: { artifact_uri: string } } }).run;
  const path = info.artifact_uri.replace('mlflow-artifacts:/', '/api/2.0/mlflow-artifacts/artifacts/');
  const body = Buffer.alloc(3_000_000, 'x');
  const octets = { ...headers, 'content-type': 'application/octet-stream' };
  expect((await gateway.fetch(`${path}/big.bin`, { method: 'PUT', body, headers: octets })).status).toBe(200);
  const back = await gateway.fetch(`${path}/big.bin`, { headers });
  expect(Buffer.from(await back.arrayBuffer()).equals(body)).toBe(true);
});
