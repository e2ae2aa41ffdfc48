import { isLoopback } from '../config/network-types.ts';
import { type Container, type Pod, tcpPorts } from './pod.ts';
import { readServerCommand, type ServerCommand } from './server-command.ts';
import { SIDECAR } from './settings.ts';

/** The containers that run beside MLflow's for as long as the pod does. */
export function besides({ spec }: Pod, mlflow: Container): Container[] {
  const native = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...native, ...spec.containers].filter((one) => one !== mlflow && one.name !== SIDECAR);
}

/** Ports beside MLflow's that others may have, and that a NetworkPolicy opens to nobody; none where its ports are not known. */
export function closedPorts(
  pod: Pod,
  mlflow: Container,
  allowed: readonly number[],
  openPorts: readonly number[],
): (readonly [Container, number])[] {
  if (openPorts.length === 0) return [];
  return besides(pod, mlflow).flatMap((other) =>
    tcpPorts(other)
      .filter((port) => allowed.includes(port) && !openPorts.includes(port))
      .map((port) => [other, port] as const),
  );
}

/** Whether a container beside MLflow's runs an MLflow that may be on the network. */
export function isOpenServer(other: Container, mlflow: Container): boolean {
  const command = readServerCommand(other);
  return isServer(other, mlflow, command) && !staysInside(command);
}

function isServer(other: Container, mlflow: Container, command: ServerCommand): boolean {
  if (command.explicit || command.direct !== undefined) return true;
  const told = [...(other.command ?? []), ...(other.args ?? [])].length > 0;
  return !told && other.image !== undefined && other.image === mlflow.image;
}

/** Whether a server is told to listen on loopback or a socket, and nowhere else. */
export function staysInside({ hosts, binds, direct }: ServerCommand): boolean {
  // gunicorn has no --host of its own.
  if (direct === 'gunicorn') return binds.length > 0 && binds.every(isInside);
  if (direct !== undefined && hosts.length === 0) return binds.length > 0 && binds.every(isInside);
  return hosts.length > 0 && hosts.every(isLoopback) && binds.every(isInside);
}

/** Whether an address that a server is told to bind is loopback, or a socket. */
export function isInside(bind: string): boolean {
  if (bind.startsWith('unix:')) return true;
  return isLoopback(bind.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1'));
}
