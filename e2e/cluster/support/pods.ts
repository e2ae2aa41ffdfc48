import { type KubeObject, list } from './kubectl.ts';

/** The pods with these labels that are not terminating. */
export async function podsOf(namespace: string, labels: string): Promise<readonly KubeObject[]> {
  const pods = await list(namespace, 'pods', labels);
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/**
 * The newest pod of MLflow.
 *
 * @throws Error when there is none
 */
export async function newestPod(namespace: string): Promise<KubeObject> {
  const pods = [...(await podsOf(namespace, 'app=mlflow'))];
  const made = (pod: KubeObject): string =>
    String((pod.metadata as Record<string, unknown>).creationTimestamp);
  const newest = pods.sort((a, b) => made(a).localeCompare(made(b))).at(-1);
  if (newest === undefined) throw new Error(`no pod of MLflow in ${namespace}`);
  return newest;
}

/** The number of restarts of a container of a pod. */
export function restartsOf(pod: KubeObject, container: string): number {
  const all = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
  const found = all.find(({ name }: { name: string }) => name === container);
  if (found === undefined) throw new Error(`${pod.metadata.name} has no container ${container}`);
  return found.restartCount;
}
