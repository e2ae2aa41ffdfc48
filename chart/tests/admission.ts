/** A real API server with the chart installed in some of its namespaces, for admission tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { injectPatch } from '../../src/inject/patch.ts';
import { readPod } from '../../src/inject/pod.ts';
import { readSettings } from '../../src/inject/settings.ts';
import { applyPatch } from '../../src/inject/testing/apply.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { CHART, helm, type KubeObject, one, render } from './helm.ts';
import { mlflowPod } from './pods.ts';

export const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };

export interface Cluster extends ApiServer {
  /** For helm. */
  readonly access: readonly string[];
  namespace(name: string, labels?: object): void;
  /** Installs the chart, and waits until the API server enforces its admission policies. */
  install(namespace: string, values: object, labels?: object): Promise<void>;
}

/** Starts the API server; `stop` also removes its files. */
export async function startCluster(): Promise<Cluster> {
  const dir = mkdtempSync(join(tmpdir(), 'api-server-'));
  const server = await startApiServer(dir);
  const access = ['--kubeconfig', server.kubeconfig];
  const namespace: Cluster['namespace'] = (name, labels = RESTRICTED) =>
    server.kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  const install: Cluster['install'] = async (name, values, labels) => {
    namespace(name, labels);
    helm(['upgrade', '--install', name, CHART, '--namespace', name, ...access], values);
    const unwritten = mlflowPod({ annotations: { 'mlflow-gateway.io/container': 'nobody' } });
    const isRefused = (pod: object): boolean => {
      try {
        server.admit(pod, name);
        return false;
      } catch {
        return true;
      }
    };
    const { method } = (values as { injection?: { method?: string } }).injection ?? {};
    // The guard and the injection take effect at different times.
    const inForce = (): boolean =>
      isRefused(unwritten) && (method !== 'admissionPolicy' || !isRefused(mlflowPod()));
    for (let i = 0; i < 100; i++) {
      if (inForce()) return;
      await sleep(100);
    }
    let why = 'labelled pods are let in';
    try {
      server.admit(mlflowPod(), name);
    } catch (error) {
      why = (error as Error).message;
    }
    throw new Error(`the policies of ${name} are not in force after 10 seconds and more: ${why}`);
  };
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { ...server, access, namespace, install, stop };
}

type Container = { env?: { name: string; value?: string; valueFrom?: object }[] };

/** A container's variables by name. */
export function environment({ env = [] }: Container): Record<string, string | object | undefined> {
  return Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
}

/** A pod injected by the webhook with the settings that the chart renders. */
export function byWebhook(pod: object, values: object, namespace: string): object {
  const { injection = {} } = values as { injection?: object };
  const objects = render(
    { ...values, injection: { ...injection, method: 'webhook' } },
    { namespace, release: namespace },
  );
  const { data } = one(objects, 'ConfigMap', `${namespace}-mlflow-gateway-inject`);
  const settings = readSettings(data['settings.json'], 'mlflow-gateway:0.1.0');
  return applyPatch(pod, injectPatch(readPod(pod), settings).patch);
}

/** The same pod with its variables sorted by name, because their order has no effect here. */
export function sorted({ spec }: KubeObject): object {
  const containers = (list: KubeObject[] = []) =>
    list.map((container) => ({
      ...container,
      env: [...(container.env ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1)),
    }));
  return {
    ...spec,
    containers: containers(spec.containers),
    initContainers: containers(spec.initContainers),
  };
}
