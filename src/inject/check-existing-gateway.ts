import { staysInside } from './other-containers.ts';
import { type Container, type Pod, variableOf } from './pod.ts';
import { authAppProblems } from './problems/auth-app.ts';
import { existingHostProblems } from './problems/existing-hosts.ts';
import { existingPortProblems, existingReachProblems, readVariable } from './problems/existing-ports.ts';
import { METRICS_MLFLOW, metricsProblems } from './problems/metrics.ts';
import { secondServerProblems } from './problems/second-server.ts';
import { tlsProblems } from './problems/tls.ts';
import { readServerCommand, type ServerCommand } from './server-command.ts';
import { type Settings, SIDECAR } from './settings.ts';

/** A pod's gateway, and the MLflow that it stands before. */
export interface Existing {
  readonly gateway: Container;
  readonly mlflow: Container;
  readonly command: ServerCommand;
  /** Where the gateway is told that MLflow is (`GW_TARGET_BASE_URL`). */
  readonly url: string;
  /** MLflow's socket, and the volume that the gateway has it from; `undefined` on loopback. */
  readonly socket: Socket | undefined;
}

interface Socket {
  readonly path: string;
  readonly directory: string;
  readonly volume: string | undefined;
}

/**
 * Whether the pod has its gateway already, injected before (webhooks may be called again) or written by hand: `undefined` when it has
 * nothing of that name, else the problems with it, none when it keeps MLflow off the network and works.
 */
export function existingProblems(pod: Pod, settings: Settings): string[] | undefined {
  const { spec } = pod;
  const native = spec.initContainers?.find(({ name }) => name === SIDECAR);
  const gateway = native ?? spec.containers.find(({ name }) => name === SIDECAR);
  if (gateway === undefined) return undefined;
  const problems: string[] = [];
  if (native !== undefined && native.restartPolicy !== 'Always')
    problems.push(wrong('it is an init container without restartPolicy: Always, which would never end'));
  const url = variableOf(gateway, 'GW_TARGET_BASE_URL')?.value ?? '';
  const others = spec.containers.filter(({ name }) => name !== SIDECAR);
  const loopback = /^http:\/\/(?:\[(::1)\]|(127\.\d+\.\d+\.\d+|localhost))(?::\d+)?\/?$/.test(url);
  const socket = socketOf(gateway, url);
  const found = loopback
    ? onLoopback(others)
    : socket !== undefined
      ? onSocket(socket, others, pod)
      : { problem: wrong('its GW_TARGET_BASE_URL is neither a unix: socket nor a loopback address') };
  if (found.problem !== undefined) problems.push(found.problem);
  const { mlflow } = found;
  if (mlflow === undefined) return problems;
  const command = readServerCommand(mlflow);
  const existing = { gateway, mlflow, command, url, socket };
  return [
    ...problems,
    ...authAppProblems(mlflow, command),
    ...tlsProblems(mlflow, command),
    ...existingHostProblems(existing),
    ...existingPortProblems(pod, existing, settings),
    ...metricsProblems(mlflow, command, readVariable(gateway, METRICS_MLFLOW)),
    ...secondServerProblems(pod, mlflow),
    ...existingReachProblems(pod, existing),
  ];
}

interface Found {
  readonly mlflow?: Container;
  readonly problem?: string;
}

function socketOf(gateway: Container, url: string): Socket | undefined {
  if (!url.startsWith('unix:')) return undefined;
  const path = url.slice('unix:'.length);
  const directory = path.slice(0, path.lastIndexOf('/'));
  return { path, directory, volume: mountedAt(gateway, directory) };
}

const mountedAt = ({ volumeMounts }: Container, directory: string): string | undefined =>
  volumeMounts?.find(({ mountPath }) => mountPath === directory)?.name;

function onSocket({ path, directory, volume }: Socket, others: readonly Container[], pod: Pod): Found {
  const mlflow = others.find((container) => variableOf(container, 'UVICORN_UDS')?.value === path);
  if (mlflow === undefined) return { problem: wrong(`no container has UVICORN_UDS=${path}`) };
  return volume === undefined || volume !== mountedAt(mlflow, directory) || !volumesOf(pod.spec).has(volume)
    ? { mlflow, problem: wrong(`it and ${mlflow.name} do not share an emptyDir at ${directory}`) }
    : { mlflow };
}

function onLoopback(others: readonly Container[]): Found {
  const mlflow = others.find((container) => staysInside(readServerCommand(container)));
  return mlflow === undefined
    ? { problem: wrong('no container is told to listen on 127.0.0.1 only, by --host or MLFLOW_HOST') }
    : { mlflow };
}

const volumesOf = ({ volumes }: Pod['spec']): ReadonlySet<string> =>
  new Set(volumes?.filter((volume) => volume.emptyDir !== undefined).map(({ name }) => name));

const wrong = (why: string): string =>
  `The pod has a container ${SIDECAR} that the webhook cannot leave as it is: ${why}.`;
