import { parseAllDocuments } from 'yaml';
import { HELM, KUBERNETES, type KubeObject } from '../../chart/tests/helm.ts';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Chart } from './sources.ts';
import type { PodObject, PodSpec, Rendering, Values } from './types.ts';

const run = promisify(execFile);

/** Values that the chart itself refuses. */
export class ChartError extends Error {}

/**
 * What a chart makes of these values, by `helm template`.
 *
 * @throws ChartError with what helm says
 */
export async function renderChart(chart: Chart, values: Values): Promise<Rendering> {
  const args = ['template', 'mlflow', chart.folder, '--namespace', 'ml', '--kube-version', KUBERNETES];
  const child = run(HELM, [...args, '--values', '-'], { maxBuffer: 16 * 1024 * 1024 });
  child.child.stdin?.end(JSON.stringify(values));
  const { stdout } = await child.catch((error: { stderr?: string; message: string }) => {
    throw new ChartError(`helm template (${chart.name}): ${error.stderr?.trim() || error.message}`);
  });
  const objects = parseAllDocuments(stdout).flatMap((document) => {
    // The API server takes the last of two keys with one name; charts do write such.
    const object = document.toJS() as KubeObject | null;
    return object === null ? [] : [object];
  });
  return readObjects(objects);
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
