import { isLoopback } from '../http/loopback.ts';
import { type Container, type Pod, tcpPorts } from './pod.ts';
import { readServerCommand, type ServerCommand } from './server-command.ts';
import { SIDECAR } from './settings.ts';

/** The other containers that run as long as the pod, without MLflow's and the gateway's. */
export function containersBeside({ spec }: Pod, mlflow: Container): Container[] {
  const native = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...native, ...spec.containers].filter((one) => one !== mlflow && one.name !== SIDECAR);
}

/** Allowed ports of other containers that the NetworkPolicy does not open; empty if its ports are unknown. */
export function unreachablePorts(
  pod: Pod,
  mlflow: Container,
  allowed: readonly number[],
  openPorts: readonly number[],
): (readonly [Container, number])[] {
  if (openPorts.length === 0) return [];
  return containersBeside(pod, mlflow).flatMap((other) =>
    tcpPorts(other)
      .filter((port) => allowed.includes(port) && !openPorts.includes(port))
      .map((port) => [other, port] as const),
  );
}

/** Whether another container runs an MLflow that the network may reach. */
export function isExposedServer(other: Container, mlflow: Container): boolean {
  const command = readServerCommand(other);
  return isServer(other, mlflow, command) && !listensOnlyLocally(command);
}

function isServer(other: Container, mlflow: Container, command: ServerCommand): boolean {
  if (command.explicit || command.direct !== undefined) return true;
  const hasCommand = [...(other.command ?? []), ...(other.args ?? [])].length > 0;
  return !hasCommand && other.image !== undefined && other.image === mlflow.image;
}

/** Whether a server listens only on loopback or a socket. */
export function listensOnlyLocally({ hosts, binds, direct }: ServerCommand): boolean {
  // gunicorn has no --host of its own.
  if (direct === 'gunicorn') return binds.length > 0 && binds.every(isLocalAddress);
  if (direct !== undefined && hosts.length === 0) return binds.length > 0 && binds.every(isLocalAddress);
  return hosts.length > 0 && hosts.every(isLoopback) && binds.every(isLocalAddress);
}

/** Whether a bind address is loopback or a socket. */
export function isLocalAddress(bind: string): boolean {
  if (bind.startsWith('unix:')) return true;
  return isLoopback(bind.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1'));
}
