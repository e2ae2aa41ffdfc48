import type { Existing } from '../existing-gateway.ts';
import { ALLOWED_PORTS_VARIABLE, portsIn } from '../gateway-ports.ts';
import { type Container, type Pod, variableOf } from '../pod.ts';
import type { Settings } from '../settings.ts';
import { directAccessProblems } from './bypass.ts';
import { closedPortProblems, portProblems } from './declared-ports.ts';

/** The value of a gateway's variable: empty if not set, `undefined` if it cannot be read. */
export function readVariable(gateway: Container, name: string): string | undefined {
  const variable = variableOf(gateway, name);
  if (variable !== undefined) return variable.value;
  const { envFrom } = gateway as { readonly envFrom?: readonly unknown[] };
  return envFrom === undefined || envFrom.length === 0 ? '' : undefined;
}

/** Ports of a pod with a hand-written gateway, as far as its variables can be read. */
export function existingPortProblems(
  pod: Pod,
  { gateway, mlflow, command }: Existing,
  settings: Settings,
): string[] {
  const port = Number(readVariable(gateway, 'GW_LISTEN_PORT') || 0);
  if (port === 0) return [];
  const allowed = readVariable(gateway, ALLOWED_PORTS_VARIABLE);
  const check = readVariable(gateway, 'GW_SIDECAR_CHECK');
  const checked = portsIn(readVariable(gateway, 'GW_SIDECAR_CHECK_PORTS') ?? '');
  const known = {
    port,
    ports: [port, ...checked, ...command.ports],
    allowed: allowed === undefined || check === undefined || check === 'ports' ? undefined : portsIn(allowed),
  };
  return [...closedPortProblems(port, settings), ...portProblems(pod, mlflow, known)];
}

/** Containers that would bypass a hand-written gateway. */
export function existingBypassProblems(pod: Pod, { gateway, mlflow, url, socket }: Existing): string[] {
  const listens = Number(readVariable(gateway, 'GW_LISTEN_PORT') || 0) || undefined;
  if (socket === undefined) {
    const port = Number(/:(\d+)\/?$/.exec(url)?.[1] ?? 80);
    return directAccessProblems(pod, mlflow, port, listens);
  }
  const { path, volume } = socket;
  const others = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return [
    ...directAccessProblems(pod, mlflow, path, listens),
    ...others
      .filter((one) => one !== mlflow && one !== gateway)
      .filter(({ volumeMounts = [] }) => volumeMounts.some(({ name }) => name === volume))
      .map(
        ({ name }) =>
          `The container ${name} mounts the volume ${volume}, in which MLflow's socket is, and could reach MLflow without the gateway. Give it a volume of its own.`,
      ),
  ];
}
