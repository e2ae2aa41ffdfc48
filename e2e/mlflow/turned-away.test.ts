/** MLflows that turn the gateway away although they are up: how it gets along with them, and what it says where it cannot. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayProcess, startGateway } from '../../dev/gateway-process.ts';
import { type MlflowServer, startMlflow } from '../../dev/mlflow-server.ts';

const PUBLIC = 'mlflow.example.com';
const PREFIX = '/ml';

const dir = mkdtempSync(join(tmpdir(), 'turned-away-'));
const started: { stop(): Promise<void> }[] = [];
const keep = <T extends { stop(): Promise<void> }>(server: T): T => {
  started.push(server);
  return server;
};
afterAll(async () => {
  for (const server of started.reverse()) await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

let serial = 0;
/** A gateway before `mlflow`, in mode `off`. */
async function gatewayTo(
  mlflow: { readonly address: string },
  env: Record<string, string> = {},
  until: 'ready' | 'listening' = 'ready',
): Promise<GatewayProcess> {
  const own = mkdtempSync(join(dir, `gateway-${++serial}-`));
  return keep(
    await startGateway({
      dir: own,
      until,
      env: { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: mlflow.address, ...env },
    }),
  );
}

const mine = { headers: { 'x-tenant': 'team-a' } };
const search = '/api/2.0/mlflow/experiments/search?max_results=1';

describe('an MLflow that takes one public host only', () => {
  let onSocket: MlflowServer;
  /** Over TCP, and below a path. */
  let overTcp: MlflowServer;
  beforeAll(async () => {
    const env = { MLFLOW_SERVER_ALLOWED_HOSTS: PUBLIC };
    onSocket = keep(await startMlflow({ dir: join(dir, 'socket'), env }));
    overTcp = keep(
      await startMlflow({ dir: join(dir, 'tcp'), env, listen: { port: 0 }, staticPrefix: PREFIX }),
    );
  });

  test.each(['socket', 'tcp'])('is of no use without GW_UPSTREAM_HOST, over %s', async (how) => {
    const env: Record<string, string> = how === 'tcp' ? { GW_UPSTREAM_PATH_PREFIX: PREFIX } : {};
    const gateway = await gatewayTo(how === 'tcp' ? overTcp : onSocket, env, 'listening');
    const answer = await gateway.fetch('/readyz');
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('403');
  });

  test.each(['socket', 'tcp'])('works with GW_UPSTREAM_HOST, over %s', async (how) => {
    const env: Record<string, string> = how === 'tcp' ? { GW_UPSTREAM_PATH_PREFIX: PREFIX } : {};
    const mlflow = how === 'tcp' ? overTcp : onSocket;
    const gateway = await gatewayTo(mlflow, { ...env, GW_UPSTREAM_HOST: PUBLIC });
    const name = `made-${how}`;
    const made = await gateway.fetch('/api/2.0/mlflow/experiments/create', { ...mine, json: { name } });
    expect(made.status).toBe(200);
    const found = await gateway.fetch(search, mine);
    expect([found.status, await found.text()]).toEqual([200, expect.stringContaining(name)]);
    const page = await gateway.fetch('/', mine);
    expect(page.status).toBe(200);
  });
});
