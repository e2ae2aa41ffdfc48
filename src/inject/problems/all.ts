import { givenVariable } from '../settings.ts';
import type { Subject } from '../subject.ts';
import { aroundProblems } from './around.ts';
import { authAppProblems } from './auth-app.ts';
import { declaredPortProblems } from './declared-ports.ts';
import { hostProblems } from './hosts.ts';
import { loopbackProblems } from './loopback.ts';
import { METRICS_MLFLOW, metricsProblems } from './metrics.ts';
import { mountProblems } from './mounts.ts';
import { optionProblems } from './options.ts';
import { secondServerProblems } from './others.ts';
import { probeProblems } from './probes.ts';
import { socketProblems } from './socket.ts';
import { takenPortProblems } from './taken-ports.ts';
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
