import { CONTAINER, isPort, PORT, type Wishes } from './annotations.ts';
import { readStaticPrefix } from './path-prefix.ts';
import { type Container, type Pod, tcpEntries } from './pod.ts';
import { quoted } from './refusal.ts';
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
  /** Port and prefix are known; else there are problems, and what follows from the two cannot be judged. */
  readonly clear: boolean;
}

/** What was found, and the problems with it; without a target nothing else can be judged. */
export interface Found {
  readonly target?: Target;
  readonly problems: readonly string[];
}

/** Names that charts give the port of an HTTP server. */
const PORT_NAMES = ['http', 'mlflow'];
/** What `mlflow server` listens on unless told otherwise. */
const DEFAULT_PORT = 5000;

/**
 * Finds MLflow's container: the annotated one, else the one with the usual name, else the only one. And its port: the
 * annotated one, else its only TCP port, else the one called `http` or `mlflow`, else what MLflow was told, else 5000.
 */
export function findTarget(pod: Pod, wishes: Wishes, usualName: string): Found {
  const found = findContainer(pod, wishes, usualName);
  if (typeof found === 'string') return { problems: [found] };
  const { container, index } = found;
  const command = readServerCommand(container);
  const { port, problem } =
    wishes.port === undefined ? findPort(container, command) : { port: wishes.port, problem: undefined };
  const { prefix, problem: prefixProblem } = readStaticPrefix(command);
  const problems = [problem, prefixProblem].filter((one) => one !== undefined);
  // Told nothing that can be read here, it may listen on its default.
  const fallback = command.ports.length === 0 ? [DEFAULT_PORT] : [];
  const ports = [...new Set([port, ...command.ports, ...fallback])].sort((a, b) => a - b);
  const clear = problems.length === 0;
  return { target: { container, index, command, staticPrefix: prefix, port, ports, clear }, problems };
}

/** The container, or why it is not clear which. */
function findContainer(
  { spec }: Pod,
  { container: wanted }: Wishes,
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
    (others.length === 1 ? others[0]! : undefined) ??
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
  const said = `Say which by the annotation ${PORT}.`;
  const [told] = command.ports;
  const port = chosen[0]?.containerPort ?? told ?? DEFAULT_PORT;
  if (declared.length > 0 && chosen.length !== 1) {
    const list = declared
      .map(({ name, containerPort }) => `${name ?? 'unnamed'} ${containerPort}`)
      .join(', ');
    return {
      port,
      problem: `Which port is MLflow's? Its container ${container.name} has ${quoted(list)}. ${said}`,
    };
  }
  if (command.ports.length > 1)
    return {
      port,
      problem: `MLflow is told to listen on several ports, ${command.ports.join(' and ')}. ${said}`,
    };
  if (told !== undefined && told !== port)
    return {
      port,
      problem: `MLflow is told to listen on port ${told}, but its container ${container.name} declares ${port}. ${said}`,
    };
  return { port };
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
