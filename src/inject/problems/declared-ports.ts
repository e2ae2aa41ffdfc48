import { ALLOWED_PORTS } from '../annotations.ts';
import type { Subject } from '../candidate.ts';
import { optionIn } from '../chart-values.ts';
import { ALLOWED, allowedPorts, MORE_PORTS, type PortName, portOf } from '../gateway-ports.ts';
import { besides, closedPorts } from '../other-containers.ts';
import { type Container, type Pod, tcpPorts } from '../pod.ts';
import { isProxy } from '../proxies.ts';
import { givenVariable, type Settings } from '../settings.ts';

/** Ports at which something of the pod says that it listens, or callers look for it. */
export function declaredPortProblems({ pod, target, wishes, settings }: Subject): string[] {
  if (!target.clear) return [];
  const { port, ports, container } = target;
  // What takes a port of the gateway's is another problem.
  const own = (Object.keys(MORE_PORTS) as PortName[]).flatMap((name) => portOf(settings, name) ?? []);
  const allowed = seesAllowed(settings) ? [...allowedPorts(wishes, settings), ...own] : undefined;
  return [
    ...closedPortProblems(port, settings),
    ...portProblems(pod, container, { port, ports, allowed }),
    ...closedProxyProblems(pod, container, allowed ?? [], settings),
  ];
}

/** Unseen, the settings may allow any port; and where ports alone are asked, others may listen. */
function seesAllowed(settings: Settings): boolean {
  const ports = givenVariable(settings, ALLOWED);
  const check = givenVariable(settings, 'GW_SIDECAR_CHECK');
  return check?.value !== 'ports' && (ports === undefined || ports.value !== undefined);
}

/** A pod whose own port the release's NetworkPolicy does not open is closed altogether. */
export function closedPortProblems(port: number, { openPorts }: Settings): string[] {
  return openPorts.length === 0 || openPorts.includes(port)
    ? []
    : [
        `MLflow's port is ${port}, but the NetworkPolicy of the gateway's release lets callers reach ${openPorts.join(', ')} only. Set injection.port=${port} of the gateway's chart, or the port of MLflow to ${openPorts[0]}${optionIn('--port')}.`,
      ];
}

interface Known {
  /** The gateway's own. */
  readonly port: number;
  /** Ports that MLflow's container may declare, as nothing listens there. */
  readonly ports: readonly number[];
  /** `undefined` where any may be allowed. */
  readonly allowed: readonly number[] | undefined;
}

export function portProblems(pod: Pod, mlflow: Container, { port, ports, allowed }: Known): string[] {
  const taken = besides(pod, mlflow)
    .filter((other) => tcpPorts(other).includes(port))
    .map(
      ({ name }) =>
        `The container ${name} declares port ${port}, at which the gateway listens. Give one of them another port.`,
    );
  if (allowed === undefined) return taken;
  const mine = tcpPorts(mlflow).filter((one) => !ports.includes(one) && !allowed.includes(one));
  const others = besides(pod, mlflow).flatMap((other) =>
    tcpPorts(other)
      .filter((one) => one !== port && !allowed.includes(one))
      .map((one) => [other, one] as const),
  );
  const unknown = [...mine.map((one) => [mlflow, one] as const), ...others];
  return [
    ...taken,
    ...unknown.map(
      ([{ name }, one]) =>
        `The container ${name} declares port ${one}: what listens there is reached without the gateway, and the pod would not become ready. Name the port by the annotation ${ALLOWED_PORTS}, for all pods by networkPolicy.sidecarPorts or config.${ALLOWED} of the gateway's chart, or remove it.`,
    ),
  ];
}

/** A proxy that callers come through, at a port that nobody reaches. */
function closedProxyProblems(
  pod: Pod,
  mlflow: Container,
  allowed: readonly number[],
  { openPorts }: Settings,
): string[] {
  return closedPorts(pod, mlflow, allowed, openPorts)
    .filter(([other]) => isProxy(other))
    .map(
      ([{ name }, port]) =>
        `The container ${name} serves callers at port ${port}, which the NetworkPolicy of the gateway's release does not let them reach. Add ${port} to networkPolicy.sidecarPorts of the gateway's chart.`,
    );
}
