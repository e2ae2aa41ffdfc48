import type { Candidate } from '../candidate.ts';
import { givenVariable } from '../settings.ts';
import { authAppProblems } from './auth-app.ts';
import { bypassProblems } from './bypass.ts';
import { declaredPortProblems } from './declared-ports.ts';
import { hostProblems } from './hosts.ts';
import { loopbackProblems } from './loopback.ts';
import { METRICS_MLFLOW, metricsProblems } from './metrics.ts';
import { mountProblems } from './mounts.ts';
import { optionProblems } from './options.ts';
import { portConflictProblems } from './port-conflicts.ts';
import { probeProblems } from './probes.ts';
import { secondServerProblems } from './second-server.ts';
import { socketProblems } from './socket.ts';
import { tlsProblems } from './tls.ts';
import { versionProblems } from './version.ts';

/** All rules for a pod with a known MLflow container. They do not depend on each other. */
const RULES: readonly ((candidate: Candidate) => readonly string[])[] = [
  ({ target }) => authAppProblems(target.container, target.command),
  versionProblems,
  socketProblems,
  loopbackProblems,
  optionProblems,
  hostProblems,
  ({ target }) => tlsProblems(target.container, target.command),
  probeProblems,
  metricsOf,
  mountProblems,
  portConflictProblems,
  declaredPortProblems,
  bypassProblems,
  ({ pod, target }) => secondServerProblems(pod, target.container),
];

/** Finds the reasons why a gateway could not protect the pod, or the pod would not work behind it. */
export const findProblems = (candidate: Candidate): string[] => RULES.flatMap((rule) => rule(candidate));

function metricsOf({ target, settings }: Candidate): string[] {
  const given = givenVariable(settings, METRICS_MLFLOW);
  const served = given === undefined ? '' : given.value;
  return metricsProblems(target.container, target.command, served);
}
