import type { Subject } from '../candidate.ts';
import { givenVariable } from '../settings.ts';
import { authAppProblems } from './auth-app.ts';
import { aroundProblems } from './bypass.ts';
import { declaredPortProblems } from './declared-ports.ts';
import { hostProblems } from './hosts.ts';
import { loopbackProblems } from './loopback.ts';
import { METRICS_MLFLOW, metricsProblems } from './metrics.ts';
import { mountProblems } from './mounts.ts';
import { optionProblems } from './options.ts';
import { takenPortProblems } from './port-conflicts.ts';
import { probeProblems } from './probes.ts';
import { secondServerProblems } from './second-server.ts';
import { socketProblems } from './socket.ts';
import { tlsProblems } from './tls.ts';
import { versionProblems } from './version.ts';

/** Every rule about a pod whose MLflow is found. Each finds its own problems, none depends on another. */
const RULES: readonly ((subject: Subject) => readonly string[])[] = [
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
  takenPortProblems,
  declaredPortProblems,
  aroundProblems,
  ({ pod, target }) => secondServerProblems(pod, target.container),
];

/** Why a pod could not be protected by a gateway, or could not work behind one; empty when it can. */
export const problemsOf = (subject: Subject): string[] => RULES.flatMap((rule) => rule(subject));

function metricsOf({ target, settings }: Subject): string[] {
  const given = givenVariable(settings, METRICS_MLFLOW);
  const served = given === undefined ? '' : given.value;
  return metricsProblems(target.container, target.command, served);
}
