import { eventually } from './eventually.ts';
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

/** Waits until these pods no longer exist. */
export async function gone(namespace: string, pods: readonly KubeObject[]): Promise<void> {
  const uids = pods.map(({ metadata }) => metadata.uid);
  await eventually('the end of the pods', async () => {
    const left = (await list(namespace, 'pods')).filter(({ metadata }) => uids.includes(metadata.uid));
    if (left.length > 0) throw new Error(left.map(({ metadata }) => metadata.name).join(', '));
  });
}

/** The number of restarts of a container of a pod. */
export function restartsOf(pod: KubeObject, container: string): number {
  const all = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
  const found = all.find(({ name }: { name: string }) => name === container);
  if (found === undefined) throw new Error(`${pod.metadata.name} has no container ${container}`);
  return found.restartCount;
}
