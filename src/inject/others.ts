import { isLoopback } from '../config/network-types.ts';
import { ALLOWED_PORTS, type Wishes } from './annotations.ts';
import type { Container, Pod } from './pod.ts';
import { Refusal } from './refusal.ts';
import { readServerCommand, type ServerCommand } from './server-command.ts';
import { type Settings, SIDECAR } from './settings.ts';
import type { Target } from './target.ts';

const ALLOWED = 'GW_SIDECAR_ALLOWED_PORTS';

/** The containers that run beside MLflow's for as long as the pod does. */
function besides({ spec }: Pod, mlflow: Container): Container[] {
  const native = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...native, ...spec.containers].filter((one) => one !== mlflow && one.name !== SIDECAR);
}

/**
 * Refuses a second MLflow in the pod that would be on the network: nothing moves it to the socket, and its port is no part of
 * the gateway's.
 *
 * @throws Refusal
 */
export function refuseSecondServer(pod: Pod, mlflow: Container): void {
  for (const other of besides(pod, mlflow)) {
    const command = readServerCommand(other);
    if (isServer(other, mlflow, command) && !staysInside(command))
      throw new Refusal(
        `The container ${other.name} runs MLflow as well, and could be reached without the gateway. Give it a pod of its own, or --host 127.0.0.1.`,
      );
  }
}

function isServer(other: Container, mlflow: Container, command: ServerCommand): boolean {
  if (command.explicit || command.direct !== undefined) return true;
  const told = [...(other.command ?? []), ...(other.args ?? [])].length > 0;
  return !told && other.image !== undefined && other.image === mlflow.image;
}

function staysInside({ hosts, binds, direct }: ServerCommand): boolean {
  // gunicorn has no --host of its own.
  if (direct === 'gunicorn') return binds.length > 0 && binds.every(isInside);
  return hosts.length > 0 && hosts.every(isLoopback) && binds.every(isInside);
}

/** Whether an address that a server is told to bind is loopback, or a socket. */
export function isInside(bind: string): boolean {
  if (bind.startsWith('unix:')) return true;
  return isLoopback(bind.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1'));
}

/**
 * The ports that the gateway of the pod lets others have: those of the settings, and those of the pod's annotation. No entry
 * where there are none.
 *
 * @throws Refusal when one is MLflow's, or what the settings say cannot be seen
 */
export function allowedPorts(target: Target, wishes: Wishes, { gateway }: Settings): readonly number[] {
  const given = gateway.env.find(({ name }) => name === ALLOWED);
  if (given !== undefined && given.value === undefined && wishes.allowedPorts.length > 0)
    throw new Refusal(
      `The annotation ${ALLOWED_PORTS} cannot be joined to ${ALLOWED}, which the webhook's settings take from elsewhere. Write its value into the settings, or all ports into one of them.`,
    );
  const both = [...(given?.value ?? '').split(',').map(Number), ...wishes.allowedPorts];
  const ports = [...new Set(both)].filter((port) => port > 0).sort((a, b) => a - b);
  const own = ports.filter((port) => target.ports.includes(port));
  if (own.length > 0)
    throw new Refusal(
      `Port ${own.join(', ')} is allowed to others (${ALLOWED_PORTS}, or ${ALLOWED} of the settings), but MLflow may be told to listen there. Name ports of other programs only.`,
    );
  return ports;
}

/** Says which declared ports would keep the gateway from being ready. */
export function warnOfPorts(pod: Pod, target: Target, wishes: Wishes, settings: Settings): string[] {
  const value = (name: string) => settings.gateway.env.find((variable) => variable.name === name);
  const given = value(ALLOWED);
  // Unseen, it may allow them.
  if (value('GW_SIDECAR_CHECK')?.value === 'ports' || (given !== undefined && given.value === undefined))
    return [];
  const known = [...allowedPorts(target, wishes, settings), ...target.ports];
  return [target.container, ...besides(pod, target.container)].flatMap(({ name, ports = [] }) =>
    ports
      .filter(({ protocol = 'TCP', containerPort }) => protocol === 'TCP' && !known.includes(containerPort))
      .map(
        ({ containerPort }) =>
          `The container ${name} declares port ${containerPort}. If it listens there, the pod does not become ready, unless the annotation ${ALLOWED_PORTS} names the port.`,
      ),
  );
}
