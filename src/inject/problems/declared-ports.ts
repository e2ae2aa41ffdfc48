import { ALLOWED_PORTS } from '../annotations.ts';
import type { Candidate } from '../candidate.ts';
import { optionIn } from '../chart-values.ts';
import {
  ALLOWED_PORTS_VARIABLE,
  allowedPorts,
  EXTRA_PORTS,
  type PortName,
  portOf,
} from '../gateway-ports.ts';
import { containersBeside, unreachablePorts } from '../other-containers.ts';
import { type Container, type Pod, tcpPorts } from '../pod.ts';
import { isProxy } from '../proxies.ts';
import { givenVariable, type Settings } from '../settings.ts';

/** Declared ports of the pod that conflict with the gateway or the NetworkPolicy. */
export function declaredPortProblems({ pod, target, requested, settings }: Candidate): string[] {
  if (!target.isClear) return [];
  const { port, ports, container } = target;
  // portConflictProblems reports conflicts with the gateway's other ports.
  const own = (Object.keys(EXTRA_PORTS) as PortName[]).flatMap((name) => portOf(settings, name) ?? []);
  const allowed = seesAllowed(settings) ? [...allowedPorts(requested, settings), ...own] : undefined;
  return [
    ...closedPortProblems(port, settings),
    ...portProblems(pod, container, { port, ports, allowed }),
    ...closedProxyProblems(pod, container, allowed ?? [], settings),
  ];
}

/** Whether the allowed ports are known. Unreadable settings may allow any port, and GW_SIDECAR_CHECK=ports checks only MLflow's ports. */
function seesAllowed(settings: Settings): boolean {
  const ports = givenVariable(settings, ALLOWED_PORTS_VARIABLE);
  const check = givenVariable(settings, 'GW_SIDECAR_CHECK');
  return check?.value !== 'ports' && (ports === undefined || ports.value !== undefined);
}

/** Callers cannot reach a pod if the release's NetworkPolicy does not open its port. */
export function closedPortProblems(port: number, { openPorts }: Settings): string[] {
  return openPorts.length === 0 || openPorts.includes(port)
    ? []
    : [
        `MLflow's port is ${port}, but the NetworkPolicy of the gateway's release lets callers reach ${openPorts.join(', ')} only. Set injection.port=${port} of the gateway's chart, or the port of MLflow to ${openPorts[0]}${optionIn('--port')}.`,
      ];
}

interface Known {
  /** The gateway's port. */
  readonly port: number;
  /** Ports that MLflow's container may declare, because nothing listens there. */
  readonly ports: readonly number[];
  /** `undefined` if any port may be allowed. */
  readonly allowed: readonly number[] | undefined;
}

export function portProblems(pod: Pod, mlflow: Container, { port, ports, allowed }: Known): string[] {
  const taken = containersBeside(pod, mlflow)
    .filter((other) => tcpPorts(other).includes(port))
    .map(
      ({ name }) =>
        `The container ${name} declares port ${port}, at which the gateway listens. Give one of them another port.`,
    );
  if (allowed === undefined) return taken;
  const mine = tcpPorts(mlflow).filter((one) => !ports.includes(one) && !allowed.includes(one));
  const others = containersBeside(pod, mlflow).flatMap((other) =>
    tcpPorts(other)
      .filter((one) => one !== port && !allowed.includes(one))
      .map((one) => [other, one] as const),
  );
  const unknown = [...mine.map((one) => [mlflow, one] as const), ...others];
  return [
    ...taken,
    ...unknown.map(
      ([{ name }, one]) =>
        `The container ${name} declares port ${one}: a server there could be reached without the gateway, and the pod would not become ready. Name the port by the annotation ${ALLOWED_PORTS}, for all pods by networkPolicy.sidecarPorts or config.${ALLOWED_PORTS_VARIABLE} of the gateway's chart, or remove it.`,
    ),
  ];
}

/** A proxy for callers at a port that the NetworkPolicy does not open. */
function closedProxyProblems(
  pod: Pod,
  mlflow: Container,
  allowed: readonly number[],
  { openPorts }: Settings,
): string[] {
  return unreachablePorts(pod, mlflow, allowed, openPorts)
    .filter(([other]) => isProxy(other))
    .map(
      ([{ name }, port]) =>
        `The container ${name} serves callers at port ${port}, which the NetworkPolicy of the gateway's release does not let them reach. Add ${port} to networkPolicy.sidecarPorts of the gateway's chart.`,
    );
}
