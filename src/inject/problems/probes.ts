import type { Candidate } from '../candidate.ts';
import { httpProbes } from '../http-probes.ts';
import { publicPrefix } from '../path-prefix.ts';
import { speaksTls } from './tls.ts';

/** Probes that the gateway would refuse. */
export function probeProblems({ target, settings }: Candidate): string[] {
  if (!target.isClear) return [];
  const { container, command, staticPrefix } = target;
  // One chart value sets both; tlsProblems reports it.
  const isReported = speaksTls(container, command);
  return httpProbes(target, settings).flatMap(({ kind, path, https, open }) => {
    if (https)
      return isReported
        ? []
        : [
            `The ${kind} of ${container.name} uses HTTPS; the gateway uses HTTP in the pod. Remove scheme: HTTPS.`,
          ];
    if (open !== undefined) return [];
    return [
      `The ${kind} of ${container.name} requests ${path}, which the gateway does not answer without a token. Use ${publicPrefix(settings, staticPrefix)}/health.`,
    ];
  });
}
