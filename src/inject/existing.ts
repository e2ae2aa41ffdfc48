import { staysInside } from './others.ts';
import { type Container, type Pod, variableOf } from './pod.ts';
import { authAppProblems } from './problems/auth-app.ts';
import { existingHostProblems } from './problems/existing-hosts.ts';
import { existingPortProblems, existingReachProblems, readVariable } from './problems/existing-ports.ts';
import { METRICS_MLFLOW, metricsProblems } from './problems/metrics.ts';
import { secondServerProblems } from './problems/others.ts';
import { tlsProblems } from './problems/tls.ts';
import { readServerCommand } from './server-command.ts';
import { type Settings, SIDECAR } from './settings.ts';

/** A pod's gateway, and the MLflow that it stands before. */
export interface Existing {
  readonly gateway: Container;
  readonly mlflow: Container;
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
  const found = loopback
    ? onLoopback(others)
    : url.startsWith('unix:')
      ? onSocket(url.slice('unix:'.length), gateway, others, pod)
      : { problem: wrong('its GW_TARGET_BASE_URL is neither a unix: socket nor a loopback address') };
  if (found.problem !== undefined) problems.push(found.problem);
  const { mlflow } = found;
  if (mlflow === undefined) return problems;
  const existing = { gateway, mlflow };
  const command = readServerCommand(mlflow);
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

function onSocket(path: string, gateway: Container, others: readonly Container[], pod: Pod): Found {
  const mlflow = others.find((container) => variableOf(container, 'UVICORN_UDS')?.value === path);
  if (mlflow === undefined) return { problem: wrong(`no container has UVICORN_UDS=${path}`) };
  const directory = path.slice(0, path.lastIndexOf('/'));
  const mountOf = ({ volumeMounts }: Container) =>
    volumeMounts?.find(({ mountPath }) => mountPath === directory)?.name;
  const name = mountOf(gateway);
  return name === undefined || name !== mountOf(mlflow) || !volumesOf(pod.spec).has(name)
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
