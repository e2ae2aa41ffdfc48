import { OPERATIONS } from '../catalog/generated/catalog.ts';
import { CatalogIndex } from '../catalog/match.ts';
import { isLoopback } from '../config/network-types.ts';
import { UPSTREAM, type Wishes } from './annotations.ts';
import { isInside } from './others.ts';
import { publicPrefix } from './path-prefix.ts';
import { type Container, type Pod, variableOf } from './pod.ts';
import { Refusal } from './refusal.ts';
import type { ServerCommand } from './server-command.ts';
import type { Settings } from './settings.ts';
import { socketPath } from './sidecar.ts';
import { portNumber, type Target } from './target.ts';

/**
 * Refuses pods that a gateway cannot protect, or that could not work behind one, before anybody has to find out why
 * they do not become ready.
 *
 * @throws Refusal
 */
export function refuseObstacles(pod: Pod): void {
  const { hostNetwork, os, nodeSelector } = pod.spec;
  if (hostNetwork === true)
    throw new Refusal(
      'The pod has hostNetwork: true. The gateway would take a port of the node, and network policies would not hold.',
    );
  if (os?.name === 'windows' || nodeSelector?.['kubernetes.io/os'] === 'windows')
    throw new Refusal('The pod is for Windows nodes; the gateway is a Linux container.');
}

/** @throws Refusal, as above, for MLflow's container */
export function refuseServer(target: Target, wishes: Wishes, settings: Settings): void {
  const { container, command } = target;
  const set = (name: string): boolean => variableOf(container, name) !== undefined;
  if (
    command.has('--ssl-keyfile', '--ssl-certfile') ||
    set('UVICORN_SSL_KEYFILE') ||
    set('UVICORN_SSL_CERTFILE')
  )
    throw new Refusal(
      'MLflow is told to speak TLS itself. Behind the gateway it must not: end TLS at the ingress or the mesh, and remove the ssl options.',
    );
  refuseProbes(target, publicPrefix(settings, target.staticPrefix));
  if (wishes.upstream === 'socket') refuseSocket(target, socketPath(settings));
  else refuseLoopback(target);
}

function refuseSocket({ container, command }: Target, socketPath: string): void {
  const uds = variableOf(container, 'UVICORN_UDS');
  if (uds !== undefined && uds.value !== socketPath)
    throw new Refusal(
      `MLflow's container sets UVICORN_UDS, and not to ${socketPath}. Remove it: the gateway's webhook sets it.`,
    );
  if (command.has('--uds', '--fd') || variableOf(container, 'UVICORN_FD') !== undefined)
    throw new Refusal(
      'MLflow is told by --uds or --fd where to listen, which wins over UVICORN_UDS. Remove the option.',
    );
  if (command.changes.length > 0)
    throw new Refusal(
      `MLflow's command line sets or removes ${command.changes.join(' and ')}, so that the webhook cannot say where MLflow listens. Remove that from the command.`,
    );
  const other = ['--gunicorn-opts', '--waitress-opts'].find((option) => command.has(option));
  const gunicorn = variableOf(container, 'MLFLOW_GUNICORN_OPTS');
  // Empty, it counts as not set (Click).
  const variable = gunicorn !== undefined && gunicorn.value !== '';
  if (other !== undefined || variable)
    throw new Refusal(
      `MLflow is given ${other ?? 'MLFLOW_GUNICORN_OPTS'}${named(command)}, so its server is not uvicorn and cannot be moved to a socket by UVICORN_UDS. Remove it, or set the annotation ${UPSTREAM}: loopback.`,
    );
  if (command.direct !== undefined && command.direct !== 'uvicorn')
    throw new Refusal(
      `MLflow is run by ${command.direct}${named(command)}, which cannot be moved to a socket by UVICORN_UDS. Run "mlflow server", or set the annotation ${UPSTREAM}: loopback.`,
    );
}

/** The addresses that options bind, for a message. */
const named = ({ binds }: ServerCommand): string =>
  binds.length === 0 ? '' : ` (which binds ${binds.join(', ')})`;

function refuseLoopback({ container, command }: Target): void {
  if (variableOf(container, 'UVICORN_UDS') !== undefined || command.has('--uds', '--fd'))
    throw new Refusal(`The annotation ${UPSTREAM} is loopback, but MLflow is told to listen on a socket.`);
  const open = command.hosts.filter((host) => !isLoopback(host));
  if (open.length > 0)
    throw new Refusal(
      `The annotation ${UPSTREAM} is loopback, but MLflow is told to listen on ${open.join(', ')} by --host or MLFLOW_HOST. Make that 127.0.0.1.`,
    );
  const bound = command.binds.filter((bind) => !isInside(bind));
  if (bound.length > 0)
    throw new Refusal(
      `The annotation ${UPSTREAM} is loopback, but MLflow's server is told to bind ${bound.join(', ')} as well (-b or --bind, in --gunicorn-opts, MLFLOW_GUNICORN_OPTS or GUNICORN_CMD_ARGS). Remove that: gunicorn listens at each.`,
    );
  const options = ['MLFLOW_GUNICORN_OPTS', 'GUNICORN_CMD_ARGS'].find((name) => isUnclear(container, name));
  if (options !== undefined)
    throw new Refusal(
      `The annotation ${UPSTREAM} is loopback, but ${options} of MLflow's container cannot be read here, and could bind any address. Write its value out.`,
    );
  if (command.direct === 'gunicorn' && command.binds.length === 0)
    throw new Refusal(
      `The annotation ${UPSTREAM} is loopback, but gunicorn is not told where to listen. Give it -b 127.0.0.1 with a port.`,
    );
  if (command.portUnclear || command.ports.length > 1)
    throw new Refusal(
      `The annotation ${UPSTREAM} is loopback, but it cannot be told on which port MLflow listens. Give --port as a number.`,
    );
}

const isUnclear = (container: Container, name: string): boolean => {
  const variable = variableOf(container, name);
  return variable !== undefined && variable.value === undefined;
};

const catalog = new CatalogIndex(OPERATIONS);

/** Paths that the gateway answers to anybody: its own probes, and below its prefix what the catalog calls public. */
function isOpen(path: string, prefix: string): boolean {
  const plain = path.split('?', 1)[0]!;
  if (plain === '/healthz' || plain === '/readyz') return true;
  return (
    plain.startsWith(`${prefix}/`) &&
    catalog.find('GET', plain.slice(prefix.length)).operation?.public === true
  );
}

function refuseProbes({ container, port }: Target, prefix: string): void {
  for (const kind of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
    const get = container[kind]?.httpGet;
    if (get === undefined || portNumber(container, get.port) !== port) continue;
    if (get.scheme === 'HTTPS')
      throw new Refusal(
        `The ${kind} of ${container.name} asks over HTTPS; the gateway speaks HTTP in the pod.`,
      );
    const { path = '/' } = get;
    if (!isOpen(path, prefix))
      throw new Refusal(
        `The ${kind} of ${container.name} asks for ${path}, which the gateway does not answer to everybody. Use ${prefix}/health.`,
      );
  }
}

/** What works, but perhaps not as meant. */
export function warningsOf({ container, command }: Target): string[] {
  const warnings: string[] = [];
  if (command.has('--app-name'))
    warnings.push(
      'MLflow is given --app-name: if that app asks for credentials, it refuses what the gateway sends, which has none.',
    );
  if (command.has('--expose-prometheus') || isVariableSet(container, 'MLFLOW_EXPOSE_PROMETHEUS'))
    warnings.push('MLflow exposes /metrics, which cannot be scraped through the gateway.');
  if (container.livenessProbe !== undefined && container.livenessProbe.httpGet === undefined)
    warnings.push(
      `The livenessProbe of ${container.name} is not httpGet: what it finds may be the gateway rather than MLflow.`,
    );
  return warnings;
}

const isVariableSet = (container: Container, name: string): boolean =>
  variableOf(container, name) !== undefined;
