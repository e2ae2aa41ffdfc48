import type { Pod } from '../pod.ts';

/** Properties of a pod that exclude a gateway, regardless of its containers. */
export function unsupportedPodProblems({ spec }: Pod): string[] {
  const { hostNetwork, os, nodeSelector } = spec;
  const problems: string[] = [];
  if (hostNetwork === true)
    problems.push(
      'The pod has hostNetwork: true. The gateway would take a port of the node, and network policies would not hold. Remove it.',
    );
  if (os?.name === 'windows' || nodeSelector?.['kubernetes.io/os'] === 'windows')
    problems.push('The pod is for Windows nodes; the gateway is a Linux container.');
  return problems;
}
