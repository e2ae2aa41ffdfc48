import type { Candidate } from '../candidate.ts';
import { SOCKET_VOLUME } from '../settings.ts';

/** Volume names and mount paths that the gateway needs and the pod already uses. */
export function mountProblems({ pod, target, requested, settings }: Candidate): string[] {
  const { container } = target;
  const socket = requested.upstream === 'socket';
  const added = [...(socket ? [SOCKET_VOLUME] : []), ...settings.volumes.map(({ name }) => name)];
  const problems = added
    .filter((name) => pod.spec.volumes?.some((volume) => volume.name === name))
    .map((name) => `The pod has a volume called ${name}, the name of one that the gateway adds. Rename it.`);
  const { directory } = settings.socket;
  if (socket && container.volumeMounts?.some(({ mountPath }) => mountPath.replace(/\/+$/, '') === directory))
    problems.push(
      `${container.name} has something mounted at ${directory}, the directory of MLflow's socket. Mount it elsewhere.`,
    );
  return problems;
}
