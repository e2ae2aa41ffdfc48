import { ALLOWED_PORTS } from '../annotations.ts';
import type { Candidate } from '../candidate.ts';
import {
  ALLOWED_PORTS_VARIABLE,
  allowedPorts,
  EXTRA_PORTS,
  type PortName,
  portOf,
} from '../gateway-ports.ts';
import { tcpPorts } from '../pod.ts';
import { givenVariable, SIDECAR } from '../settings.ts';

/** Ports that two containers would listen on. */
export function portConflictProblems(candidate: Candidate): string[] {
  return [...allowedPortProblems(candidate), ...names.flatMap((name) => extraPortProblems(name, candidate))];
}

const names = Object.keys(EXTRA_PORTS) as PortName[];

function allowedPortProblems({ target, requested, settings }: Candidate): string[] {
  const problems: string[] = [];
  const given = givenVariable(settings, ALLOWED_PORTS_VARIABLE);
  if (given !== undefined && given.value === undefined && requested.allowedPorts.length > 0)
    problems.push(
      `The annotation ${ALLOWED_PORTS} cannot be joined to ${ALLOWED_PORTS_VARIABLE}, which the webhook's settings take from elsewhere. Write its value into the settings, or all ports into one of them.`,
    );
  const own = allowedPorts(requested, settings).filter((port) => target.ports.includes(port));
  if (own.length > 0)
    problems.push(
      `Port ${own.join(', ')} is allowed to others (${ALLOWED_PORTS}, or ${ALLOWED_PORTS_VARIABLE} of the settings), but MLflow may listen there. Name ports of other programs only.`,
    );
  return problems;
}

function extraPortProblems(name: PortName, { pod, target, settings }: Candidate): string[] {
  const port = portOf(settings, name);
  if (port === undefined) return [];
  const { spec } = pod;
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const other = containers.find((container) => tcpPorts(container).includes(port));
  if (other === undefined && !target.ports.includes(port)) return [];
  const { what, value } = EXTRA_PORTS[name];
  const conflict = other === undefined ? 'MLflow may listen on' : `its container ${other.name} declares`;
  return [
    `The ${SIDECAR} of the pod would serve ${what} at port ${port}, which ${conflict}. Choose another port (${name}; ${value} of the chart).`,
  ];
}
