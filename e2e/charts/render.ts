import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { HELM, KUBERNETES, type KubeObject } from '../../chart/tests/helm.ts';
import type { Chart } from './sources.ts';
import type { PodObject, PodSpec, Rendering, Values } from './types.ts';

const run = promisify(execFile);

/** A chart refuses its values; the message is helm's. */
export class ChartError extends Error {}

/**
 * Runs helm with values by standard input, several at once.
 *
 * @param kubeconfig For commands that ask a cluster.
 * @throws ChartError with what helm says
 */
export async function helm(args: readonly string[], values: Values, kubeconfig?: string): Promise<string> {
  const env = kubeconfig === undefined ? process.env : { ...process.env, KUBECONFIG: kubeconfig };
  const running = run(HELM, [...args, '--values', '-'], { env, maxBuffer: 16 * 1024 * 1024 });
  running.child.stdin?.on('error', () => {});
  running.child.stdin?.end(JSON.stringify(values));
  try {
    return (await running).stdout;
  } catch (error) {
    throw new ChartError((error as { stderr?: string }).stderr?.trim() || (error as Error).message);
  }
}

/** The objects of `helm template`. */
export function objectsIn(output: string): readonly KubeObject[] {
  // Helm reads YAML 1.1, in which 0777 is octal. The API server uses the last of duplicate keys, which charts do write.
  return parseAllDocuments(output, { version: '1.1', uniqueKeys: false }).flatMap((document) => {
    const object = document.toJS() as KubeObject | null;
    return object === null ? [] : [object];
  });
}

/**
 * Renders a chart with these values by `helm template`.
 *
 * @throws ChartError with what helm says
 */
export async function renderChart(chart: Chart, values: Values): Promise<Rendering> {
  const args = ['template', 'mlflow', chart.folder, '--namespace', 'ml', '--kube-version', KUBERNETES];
  return readObjects(objectsIn(await helm(args, values)));
}

function readObjects(objects: readonly KubeObject[]): Rendering {
  const pods: { role: 'server' | 'job'; pod: PodObject }[] = [];
  const data: Record<string, Record<string, string>> = {};
  for (const object of objects) {
    const { kind, metadata, spec } = object;
    if (kind === 'Deployment' || kind === 'StatefulSet')
      pods.push({ role: 'server', pod: podOf(metadata.name, spec.template) });
    else if (kind === 'Job') pods.push({ role: 'job', pod: podOf(metadata.name, spec.template) });
    else if (kind === 'CronJob')
      pods.push({ role: 'job', pod: podOf(metadata.name, spec.jobTemplate.spec.template) });
    else if (kind === 'ConfigMap') data[metadata.name] = object.data ?? {};
    else if (kind === 'Secret')
      data[metadata.name] = { ...decoded(object.data ?? {}), ...(object.stringData ?? {}) };
  }
  return { pods, data };
}

interface Template {
  readonly metadata?: PodObject['metadata'];
  readonly spec: PodSpec;
}

const podOf = (name: string, { metadata, spec }: Template): PodObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...metadata, name },
  spec,
});

const decoded = (data: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
