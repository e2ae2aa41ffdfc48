import { apply, kubectl, list, remove } from './kubectl.ts';
import { settings } from './settings.ts';

/**
 * Creates a namespace that enforces Pod Security `restricted`, as platform teams do. One that an earlier run is still removing is
 * waited for.
 *
 * @example
 * await makeNamespace('e2e-webhook');
 */
export async function makeNamespace(
  name: string,
  level: 'restricted' | 'baseline' | 'privileged' = 'restricted',
): Promise<void> {
  const [present] = (await list('', 'namespaces')).filter(({ metadata }) => metadata.name === name);
  if (present?.metadata.deletionTimestamp !== undefined) await remove(undefined, 'namespace', name);
  await apply(undefined, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': level } },
  });
}

/** Deletes a namespace, unless E2E_KEEP is set. Does not wait for the end of its pods, which takes half a minute. */
export async function removeNamespace(name: string): Promise<void> {
  if (!settings().keep) await kubectl(['delete', 'namespace', name, '--ignore-not-found', '--wait=false']);
}

/** The requirements of Pod Security `restricted` for a pod and its containers. */
export const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: 1000,
  runAsGroup: 1000,
  fsGroup: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
} as const;
