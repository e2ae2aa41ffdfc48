import type { Subject } from '../subject.ts';
import { hostProblems } from './hosts.ts';
import { loopbackProblems } from './loopback.ts';
import { mountProblems } from './mounts.ts';
import { optionProblems } from './options.ts';
import { secondServerProblems } from './others.ts';
import { probeProblems } from './probes.ts';
import { socketProblems } from './socket.ts';
import { takenPortProblems } from './taken-ports.ts';
import { tlsProblems } from './tls.ts';

/** Every rule about a pod whose MLflow is found. Each finds its own problems, none depends on another. */
const RULES: readonly ((subject: Subject) => readonly string[])[] = [
  socketProblems,
  loopbackProblems,
  optionProblems,
  hostProblems,
  ({ target }) => tlsProblems(target.container, target.command),
  probeProblems,
  mountProblems,
  takenPortProblems,
  ({ pod, target }) => secondServerProblems(pod, target.container),
];

/** Why a pod could not be protected by a gateway, or could not work behind one; empty when it can. */
export const problemsOf = (subject: Subject): string[] => RULES.flatMap((rule) => rule(subject));
