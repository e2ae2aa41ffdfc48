import { CONTAINER, isPort, PORT, type Wishes } from './annotations.ts';
import { readStaticPrefix } from './path-prefix.ts';
import type { Container, Pod } from './pod.ts';
import { Refusal } from './refusal.ts';
import { readServerCommand, type ServerCommand } from './server-command.ts';
import { SIDECAR } from './settings.ts';

/** MLflow's container in a pod. */
export interface Target {
  readonly container: Container;
  /** Its place in `spec.containers`. */
  readonly index: number;
  readonly command: ServerCommand;
  /** MLflow's `--static-prefix`. */
  readonly staticPrefix: string | undefined;
  /** The port that callers use, which the gateway takes over. */
  readonly port: number;
  /** Every TCP port MLflow may have been told to listen on. */
  readonly ports: readonly number[];
}

/** Names that charts give the port of an HTTP server. */
const PORT_NAMES = ['http', 'mlflow'];
/** What `mlflow server` listens on unless told otherwise. */
const DEFAULT_PORT = 5000;

/**
 * Finds MLflow's container: the annotated one, else the one with the usual name, else the only one. And its port: the
 * annotated one, else its only TCP port, else the one called `http` or `mlflow`, else what MLflow was told, else 5000.
 *
 * @throws Refusal when it is ambiguous
 */
export function findTarget(pod: Pod, wishes: Wishes, usualName: string): Target {
  const { container, index } = findContainer(pod, wishes, usualName);
  const command = readServerCommand(container);
  const port = wishes.port ?? findPort(container, command);
  // Told nothing that can be read here, it may listen on its default.
  const fallback = command.ports.length === 0 ? [DEFAULT_PORT] : [];
  const ports = [...new Set([port, ...command.ports, ...fallback])].sort((a, b) => a - b);
  return { container, index, command, staticPrefix: readStaticPrefix(command), port, ports };
}

function findContainer(
  { spec }: Pod,
  { container: wanted }: Wishes,
  usualName: string,
): Pick<Target, 'container' | 'index'> {
  const candidates = spec.containers.map((container, index) => ({ container, index }));
  const named = (name: string) => candidates.find(({ container }) => container.name === name);
  const others = candidates.filter(({ container }) => container.name !== SIDECAR);
  const names = others.map(({ container }) => container.name).join(', ');
  if (wanted !== undefined) {
    const found = named(wanted);
    if (found === undefined || wanted === SIDECAR)
      throw new Refusal(
        `The annotation ${CONTAINER} names ${wanted}, but the pod's containers are ${names}.`,
      );
    return found;
  }
  const found = named(usualName) ?? (others.length === 1 ? others[0] : undefined);
  if (found === undefined)
    throw new Refusal(
      `Which container is MLflow's? None is called ${usualName}; the pod has ${names}. Name it by the annotation ${CONTAINER}.`,
    );
  return found;
}

function findPort(container: Container, command: ServerCommand): number {
  const declared = (container.ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP');
  const usual = declared.filter(({ name = '' }) => PORT_NAMES.includes(name));
  const chosen = declared.length === 1 ? declared : usual;
  const said = `Say which by the annotation ${PORT}.`;
  if (declared.length > 0 && chosen.length !== 1) {
    const list = declared
      .map(({ name, containerPort }) => `${name ?? 'unnamed'} ${containerPort}`)
      .join(', ');
    throw new Refusal(`Which port is MLflow's? Its container ${container.name} has ${list}. ${said}`);
  }
  if (command.ports.length > 1)
    throw new Refusal(`MLflow is told to listen on several ports, ${command.ports.join(' and ')}. ${said}`);
  const [told] = command.ports;
  const port = chosen[0]?.containerPort ?? told ?? DEFAULT_PORT;
  if (told !== undefined && told !== port)
    throw new Refusal(
      `MLflow is told to listen on port ${told}, but its container ${container.name} declares ${port}. ${said}`,
    );
  return port;
}

/** The port of MLflow itself where it stays on TCP: not always the one that callers use. */
export function ownPort({ command, port }: Target): number {
  return command.ports[0] ?? (command.explicit ? DEFAULT_PORT : port);
}

/** The number of a port that a probe names. */
export function portNumber({ ports }: Container, port: string | number): number | undefined {
  if (typeof port === 'number') return port;
  if (isPort(port)) return Number(port);
  return ports?.find(({ name }) => name === port)?.containerPort;
}
