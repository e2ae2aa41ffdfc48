import { isLoopback } from '../config/network-types.ts';
import { refuseSecondServer } from './others.ts';
import { type Container, type Pod, variableOf } from './pod.ts';
import { Refusal } from './refusal.ts';
import { readServerCommand } from './server-command.ts';
import { SIDECAR } from './settings.ts';

/**
 * Whether the pod has its gateway already: injected before (webhooks may be called again), or written by hand.
 *
 * @throws Refusal when it has something of that name that does not keep MLflow off the network
 */
export function hasGateway(pod: Pod): boolean {
  const { spec } = pod;
  const native = spec.initContainers?.find(({ name }) => name === SIDECAR);
  const gateway = native ?? spec.containers.find(({ name }) => name === SIDECAR);
  if (gateway === undefined) return false;
  if (native !== undefined && native.restartPolicy !== 'Always')
    throw wrong('it is an init container without restartPolicy: Always, which would never end');
  const target = variableOf(gateway, 'GW_TARGET_BASE_URL')?.value ?? '';
  const others = spec.containers.filter(({ name }) => name !== SIDECAR);
  const loopback = /^http:\/\/(?:\[(::1)\]|(127\.\d+\.\d+\.\d+|localhost))(?::\d+)?\/?$/.exec(target);
  if (loopback !== null) checkLoopback(others);
  else if (target.startsWith('unix:')) checkSocket(target.slice('unix:'.length), gateway, others, pod);
  else throw wrong('its GW_TARGET_BASE_URL is neither a unix: socket nor a loopback address');
  return true;
}

function checkSocket(path: string, gateway: Container, others: readonly Container[], pod: Pod): void {
  const mlflow = others.find((container) => variableOf(container, 'UVICORN_UDS')?.value === path);
  if (mlflow === undefined) throw wrong(`no container has UVICORN_UDS=${path}`);
  refuseSecondServer(pod, mlflow);
  const directory = path.slice(0, path.lastIndexOf('/'));
  const mountOf = ({ volumeMounts }: Container) =>
    volumeMounts?.find(({ mountPath }) => mountPath === directory)?.name;
  const name = mountOf(gateway);
  if (name === undefined || name !== mountOf(mlflow) || !volumesOf(pod.spec).has(name))
    throw wrong(`it and ${mlflow.name} do not share an emptyDir at ${directory}`);
}

function checkLoopback(others: readonly Container[]): void {
  const bound = others.some((container) => {
    const { hosts } = readServerCommand(container);
    return hosts.length > 0 && hosts.every(isLoopback);
  });
  if (!bound) throw wrong('no container is told to listen on 127.0.0.1 only, by --host or MLFLOW_HOST');
}

const volumesOf = ({ volumes }: Pod['spec']): ReadonlySet<string> =>
  new Set(volumes?.filter((volume) => volume.emptyDir !== undefined).map(({ name }) => name));

const wrong = (why: string): Refusal =>
  new Refusal(`The pod has a container ${SIDECAR} that the webhook cannot leave as it is: ${why}.`);
