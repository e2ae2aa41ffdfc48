import type { Subject } from '../candidate.ts';
import { httpProbes } from '../http-probes.ts';
import { publicPrefix } from '../path-prefix.ts';
import { speaksTls } from './tls.ts';

/** Probes that the gateway would answer with a refusal. */
export function probeProblems({ target, settings }: Subject): string[] {
  if (!target.clear) return [];
  const { container, command, staticPrefix } = target;
  // One value of a chart gives both, and the other sentence says it.
  const told = speaksTls(container, command);
  return httpProbes(target, settings).flatMap(({ kind, path, https, open }) => {
    if (https)
      return told
        ? []
        : [
            `The ${kind} of ${container.name} asks over HTTPS; the gateway speaks HTTP in the pod. Remove scheme: HTTPS.`,
          ];
    if (open !== undefined) return [];
    return [
      `The ${kind} of ${container.name} asks for ${path}, which the gateway does not answer to everybody. Use ${publicPrefix(settings, staticPrefix)}/health.`,
    ];
  });
}
