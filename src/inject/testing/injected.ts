import { injectPatch } from '../patch.ts';
import { readPod } from '../pod.ts';
import { Refusal } from '../refusal.ts';
import { readSettings, type Settings } from '../settings.ts';
import { applyPatch } from './apply.ts';
import {
  type ContainerJson,
  communityChart,
  gunicornOnLoopback,
  handWritten,
  officialChart,
  type PodJson,
} from './pods.ts';

export const settingsOf = (json: object = {}): Settings => readSettings(JSON.stringify(json), 'gateway:1');

/** An injected pod and its two containers. */
export interface Injected {
  readonly pod: PodJson;
  readonly mlflow: ContainerJson;
  readonly gateway: ContainerJson;
  readonly warnings: readonly string[];
}

export function inject(pod: PodJson, json: object = {}, name = 'mlflow'): Injected {
  const { patch, warnings } = injectPatch(readPod(pod), settingsOf(json));
  const result = applyPatch(pod, patch);
  const { initContainers = [], containers } = result.spec;
  const find = (wanted: string) => [...initContainers, ...containers].find((c) => c.name === wanted)!;
  return { pod: result, mlflow: find(name), gateway: find('mlflow-gateway'), warnings };
}

export const envOf = ({ env = [] }: ContainerJson): Record<string, unknown> =>
  Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));

/** The problems for which a pod is refused. */
export function problems(pod: PodJson, json: object = {}): readonly string[] {
  try {
    injectPatch(readPod(pod), settingsOf(json));
  } catch (error) {
    if (error instanceof Refusal) return error.problems;
    throw error;
  }
  throw new Error('was not refused');
}

/** The only problem of a refused pod. @throws Error if there are several */
export function refusal(pod: PodJson, json: object = {}): string {
  const [only, ...more] = problems(pod, json);
  if (more.length > 0) throw new Error(`was refused for more: ${more.join(' ')}`);
  return only!;
}

/** The pod with its first container changed. */
export function with1(pod: PodJson, change: Partial<ContainerJson>): PodJson {
  Object.assign(pod.spec.containers[0]!, change);
  return pod;
}

/** A description, a pod and the name of its MLflow container. */
export const PODS: readonly [string, () => PodJson, string][] = [
  ['the official chart', officialChart, 'mlflow'],
  ['community-charts/mlflow', communityChart, 'mlflow'],
  ['a hand-written pod', handWritten, 'server'],
  ['gunicorn on loopback', gunicornOnLoopback, 'tracking'],
];
