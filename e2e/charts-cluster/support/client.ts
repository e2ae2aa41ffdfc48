import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { CALLERS } from '../../cluster/support/caller.ts';
import type { Identity } from '../../cluster/support/identity.ts';
import { apply, kubectl, remove } from '../../cluster/support/kubectl.ts';
import { CONTAINER_SECURITY, POD_SECURITY } from '../../cluster/support/namespace.ts';
import { chartSettings } from './settings.ts';

const NAME = 'client';

/** Two teams at the same address. */
export interface Visit {
  /** `MLFLOW_TRACKING_URI`. */
  readonly uri: string;
  /** Whether MLflow's server keeps artifacts, or its clients would have to reach the store themselves. */
  readonly artifacts: boolean;
}

/**
 * Starts a pod with MLflow's own Python client, outside MLflow's namespaces, which resolves the public host names.
 *
 * @param address Where the Ingress controller is
 */
export async function startClient(address: string, hosts: readonly string[]): Promise<void> {
  await remove(CALLERS, 'pod', NAME);
  const script = readFileSync(join(import.meta.dirname, 'pods/client.py'), 'utf8');
  await apply(
    CALLERS,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME }, data: { 'client.py': script } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: NAME, labels: { app: NAME } },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        securityContext: POD_SECURITY,
        hostAliases: [{ ip: address, hostnames: hosts }],
        containers: [
          {
            name: NAME,
            image: chartSettings().mlflowImage,
            imagePullPolicy: 'IfNotPresent',
            command: ['python3', '-c', 'import time; time.sleep(1e9)'],
            env: Object.entries({
              HOME: '/tmp',
              MLFLOW_DISABLE_TELEMETRY: 'true',
              MLFLOW_HTTP_REQUEST_MAX_RETRIES: '3',
              MLFLOW_HTTP_REQUEST_TIMEOUT: '30',
            }).map(([name, value]) => ({ name, value })),
            workingDir: '/tmp',
            securityContext: CONTAINER_SECURITY,
            volumeMounts: [{ name: 'script', mountPath: '/script', readOnly: true }],
          },
        ],
        volumes: [{ name: 'script', configMap: { name: NAME } }],
      },
    },
  );
  await kubectl(['-n', CALLERS, 'wait', '--for=condition=Ready', `pod/${NAME}`, '--timeout=120s']);
}

let serial = 0;

/**
 * Team A logs a run and reads it back; team B requests it in every way that the client offers.
 *
 * @throws if team A cannot read its run, or team B finds any of its data
 */
export async function visit({ uri, artifacts }: Visit, identity: Identity): Promise<void> {
  const name = `e2e-${Date.now().toString(36)}-${++serial}`;
  const [token_a, token_b] = await Promise.all([identity.token('team-a'), identity.token('team-b')]);
  const task = JSON.stringify({ uri, token_a, token_b, name, artifact: artifacts });
  const exec = ['-n', CALLERS, 'exec', NAME, '--', 'python3', '-W', 'ignore', '/script/client.py', task];
  const printed = await kubectl(exec, { timeoutMs: 240_000 });
  const { a, b } = JSON.parse(printed.trim().split('\n').at(-1)!);
  expect(a).toEqual({
    status: 'FINISHED',
    params: { alpha: '0.5' },
    metrics: { loss: 0.25 },
    ...(artifacts ? { artifact: 'learned' } : {}),
  });
  expect(b.experiments).not.toContain(name);
  expect(b).toMatchObject({
    run: 'refused: RESOURCE_DOES_NOT_EXIST',
    experiment: 'refused: RESOURCE_DOES_NOT_EXIST',
  });
  for (const what of ['runs', 'artifacts'])
    expect([0, [], expect.stringMatching('^refused')]).toContainEqual(b[what]);
}
