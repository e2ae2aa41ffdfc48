import { ALLOWED_PORTS } from '../annotations.ts';
import type { Subject } from '../candidate.ts';
import { ALLOWED, allowedPorts, MORE_PORTS, type PortName, portOf } from '../gateway-ports.ts';
import { tcpPorts } from '../pod.ts';
import { givenVariable, SIDECAR } from '../settings.ts';

/** Ports that two would have. */
export function takenPortProblems(subject: Subject): string[] {
  return [...allowedPortProblems(subject), ...names.flatMap((name) => moreProblems(name, subject))];
}

const names = Object.keys(MORE_PORTS) as PortName[];

function allowedPortProblems({ target, wishes, settings }: Subject): string[] {
  const problems: string[] = [];
  const given = givenVariable(settings, ALLOWED);
  if (given !== undefined && given.value === undefined && wishes.allowedPorts.length > 0)
    problems.push(
      `The annotation ${ALLOWED_PORTS} cannot be joined to ${ALLOWED}, which the webhook's settings take from elsewhere. Write its value into the settings, or all ports into one of them.`,
    );
  const own = allowedPorts(wishes, settings).filter((port) => target.ports.includes(port));
  if (own.length > 0)
    problems.push(
      `Port ${own.join(', ')} is allowed to others (${ALLOWED_PORTS}, or ${ALLOWED} of the settings), but MLflow may be told to listen there. Name ports of other programs only.`,
    );
  return problems;
}

function moreProblems(name: PortName, { pod, target, settings }: Subject): string[] {
  const port = portOf(settings, name);
  if (port === undefined) return [];
  const { spec } = pod;
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const other = containers.find((container) => tcpPorts(container).includes(port));
  if (other === undefined && !target.ports.includes(port)) return [];
  const { what, value } = MORE_PORTS[name];
  const whose =
    other === undefined ? 'MLflow may be told to listen on' : `its container ${other.name} declares`;
  return [
    `The ${SIDECAR} of the pod would serve ${what} at port ${port}, which ${whose}. Choose another port (${name}; ${value} of the chart).`,
  ];
}
