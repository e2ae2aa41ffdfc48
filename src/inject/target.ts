import { CONTAINER, isPort, PORT, type RequestedInjection } from './annotations.ts';
import { readStaticPrefix } from './path-prefix.ts';
import { type Container, type Pod, tcpEntries } from './pod.ts';
import { quoted } from './refusal.ts';
import { readServerCommand, type ServerCommand } from './server-command.ts';
import { SIDECAR } from './settings.ts';

/** MLflow's container in a pod. */
export interface Target {
  readonly container: Container;
  /** Its index in `spec.containers`. */
  readonly index: number;
  readonly command: ServerCommand;
  /** MLflow's `--static-prefix`. */
  readonly staticPrefix: string | undefined;
  /** The port that callers use. The gateway takes it over. */
  readonly port: number;
  /** Every TCP port that MLflow may be configured to listen on. */
  readonly ports: readonly number[];
  /** Whether port and prefix are known. If not, rules that depend on them are skipped. */
  readonly isClear: boolean;
}

/** The target and its problems; without a target no other rule applies. */
export interface Found {
  readonly target?: Target;
  readonly problems: readonly string[];
}

/** Names of an HTTP server's port in charts. */
const PORT_NAMES = ['http', 'mlflow'];
/** The default port of `mlflow server`. */
const DEFAULT_PORT = 5000;

/**
 * Finds MLflow's container: the annotated one, else the one with the configured name, else the only one. And its port: the
 * annotated one, else its only TCP port, else the one called `http` or `mlflow`, else MLflow's configured port, else 5000.
 */
export function findTarget(pod: Pod, requested: RequestedInjection, usualName: string): Found {
  const found = findContainer(pod, requested, usualName);
  if (typeof found === 'string') return { problems: [found] };
  const { container, index } = found;
  const command = readServerCommand(container);
  const { port, problem } =
    requested.port === undefined
      ? findPort(container, command)
      : { port: requested.port, problem: undefined };
  const { prefix, problem: prefixProblem } = readStaticPrefix(command);
  const problems = [problem, prefixProblem].filter((one) => one !== undefined);
  // Without a readable port, MLflow may listen on its default.
  const fallback = command.ports.length === 0 ? [DEFAULT_PORT] : [];
  const ports = [...new Set([port, ...command.ports, ...fallback])].sort((a, b) => a - b);
  const isClear = problems.length === 0;
  return { target: { container, index, command, staticPrefix: prefix, port, ports, isClear }, problems };
}

/** @returns the container, or the problem if it is ambiguous */
function findContainer(
  { spec }: Pod,
  { container: wanted }: RequestedInjection,
  usualName: string,
): Pick<Target, 'container' | 'index'> | string {
  const candidates = spec.containers.map((container, index) => ({ container, index }));
  const named = (name: string) => candidates.find(({ container }) => container.name === name);
  const others = candidates.filter(({ container }) => container.name !== SIDECAR);
  const names = others.map(({ container }) => container.name).join(', ');
  if (wanted !== undefined) {
    const found = named(wanted);
    if (found === undefined || wanted === SIDECAR)
      return `The annotation ${CONTAINER} names ${quoted(wanted)}, but the pod's containers are ${names}.`;
    return found;
  }
  return (
    named(usualName) ??
    (others.length === 1 ? others[0] : undefined) ??
    `Which container is MLflow's? None is called ${usualName}; the pod has ${names}. Name it by the annotation ${CONTAINER}.`
  );
}

interface FoundPort {
  readonly port: number;
  readonly problem?: string;
}

function findPort(container: Container, command: ServerCommand): FoundPort {
  const declared = tcpEntries(container);
  const usual = declared.filter(({ name = '' }) => PORT_NAMES.includes(name));
  const chosen = declared.length === 1 ? declared : usual;
  const remedy = `Say which by the annotation ${PORT}.`;
  const [configured] = command.ports;
  const port = chosen[0]?.containerPort ?? configured ?? DEFAULT_PORT;
  if (declared.length > 0 && chosen.length !== 1) {
    const list = declared
      .map(({ name, containerPort }) => `${name ?? 'unnamed'} ${containerPort}`)
      .join(', ');
    return {
      port,
      problem: `Which port is MLflow's? Its container ${container.name} has ${quoted(list)}. ${remedy}`,
    };
  }
  if (command.ports.length > 1)
    return {
      port,
      problem: `MLflow is configured to listen on several ports, ${command.ports.join(' and ')}. ${remedy}`,
    };
  if (configured !== undefined && configured !== port)
    return {
      port,
      problem: `MLflow is configured to listen on port ${configured}, but its container ${container.name} declares ${port}. ${remedy}`,
    };
  return { port };
}

/** MLflow's own TCP port, which may differ from the port that callers use. */
export function ownPort({ command, port }: Target): number {
  return command.ports[0] ?? (command.explicit ? DEFAULT_PORT : port);
}

/** The number of a probe's port, which may be a name. */
export function portNumber({ ports }: Container, port: string | number): number | undefined {
  if (typeof port === 'number') return port;
  if (isPort(port)) return Number(port);
  return ports?.find(({ name }) => name === port)?.containerPort;
}
