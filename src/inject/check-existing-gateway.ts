import type { Socket } from './existing-gateway.ts';
import { listensOnlyLocally } from './other-containers.ts';
import { type Container, type Pod, variableOf } from './pod.ts';
import { authAppProblems } from './problems/auth-app.ts';
import { existingHostProblems } from './problems/existing-hosts.ts';
import { existingBypassProblems, existingPortProblems, readVariable } from './problems/existing-ports.ts';
import { METRICS_MLFLOW, metricsProblems } from './problems/metrics.ts';
import { secondServerProblems } from './problems/second-server.ts';
import { tlsProblems } from './problems/tls.ts';
import { readServerCommand } from './server-command.ts';
import { type Settings, SIDECAR } from './settings.ts';

/**
 * Checks a gateway that the pod already has, injected before (a webhook may be called again) or hand-written.
 *
 * @returns `undefined` without a container of that name, else its problems: none if it works and keeps MLflow off the network
 */
export function existingGatewayProblems(pod: Pod, settings: Settings): string[] | undefined {
  const { spec } = pod;
  const native = spec.initContainers?.find(({ name }) => name === SIDECAR);
  const gateway = native ?? spec.containers.find(({ name }) => name === SIDECAR);
  if (gateway === undefined) return undefined;
  const problems: string[] = [];
  if (native !== undefined && native.restartPolicy !== 'Always')
    problems.push(
      unsupported('it is an init container without restartPolicy: Always, which would never end'),
    );
  const url = variableOf(gateway, 'GW_TARGET_BASE_URL')?.value ?? '';
  const others = spec.containers.filter(({ name }) => name !== SIDECAR);
  const loopback = /^http:\/\/(?:\[(::1)\]|(127\.\d+\.\d+\.\d+|localhost))(?::\d+)?\/?$/.test(url);
  const socket = socketOf(gateway, url);
  const found = loopback
    ? onLoopback(others)
    : socket !== undefined
      ? onSocket(socket, others, pod)
      : { problem: unsupported('its GW_TARGET_BASE_URL is neither a unix: socket nor a loopback address') };
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
    ...existingBypassProblems(pod, existing),
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
  if (mlflow === undefined) return { problem: unsupported(`no container has UVICORN_UDS=${path}`) };
  return volume === undefined || volume !== mountedAt(mlflow, directory) || !volumesOf(pod.spec).has(volume)
    ? { mlflow, problem: unsupported(`it and ${mlflow.name} do not share an emptyDir at ${directory}`) }
    : { mlflow };
}

function onLoopback(others: readonly Container[]): Found {
  const mlflow = others.find((container) => listensOnlyLocally(readServerCommand(container)));
  return mlflow === undefined
    ? {
        problem: unsupported(
          'no container is configured to listen on 127.0.0.1 only, by --host or MLFLOW_HOST',
        ),
      }
    : { mlflow };
}

const volumesOf = ({ volumes }: Pod['spec']): ReadonlySet<string> =>
  new Set(volumes?.filter((volume) => volume.emptyDir !== undefined).map(({ name }) => name));

const unsupported = (why: string): string =>
  `The pod has a container ${SIDECAR} that the webhook cannot leave as it is: ${why}.`;
