import type { Pod } from './pod.ts';
import { Refusal } from './refusal.ts';
import { type Settings, SIDECAR } from './settings.ts';
import type { Target } from './target.ts';

/** By this name a PodMonitor finds the port: at most 15 characters. */
const METRICS = 'gateway-metrics';

/** Ports that the gateway opens beside the one for callers, and what sets each in the chart. */
const MORE = {
  GW_METRICS_PORT: { what: 'its metrics', value: 'metrics.port' },
  GW_JOBS_PORT: { what: 'jobs of MLflow', value: 'injection.jobsPort' },
} as const;

type Name = keyof typeof MORE;

/** The port that the settings give by a variable, where it is known here. */
export function portOf({ gateway }: Settings, name: Name): number | undefined {
  const value = gateway.env.find((variable) => variable.name === name)?.value;
  const port = Number(value ?? 0);
  return port === 0 ? undefined : port;
}

/** The entry of the container's `ports` for metrics; Prometheus finds pods by what they declare. The others are nobody's to find. */
export function metricsPorts(settings: Settings): readonly object[] {
  const port = portOf(settings, 'GW_METRICS_PORT');
  return port === undefined ? [] : [{ name: METRICS, containerPort: port, protocol: 'TCP' }];
}

/** @throws Refusal when one of them is MLflow's, or declared by another container of the pod */
export function refuseTakenPorts(pod: Pod, target: Target, settings: Settings): void {
  for (const name of Object.keys(MORE) as Name[]) refuseTakenPort(name, pod, target, settings);
}

function refuseTakenPort(name: Name, { spec }: Pod, { ports }: Target, settings: Settings): void {
  const port = portOf(settings, name);
  if (port === undefined) return;
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const other = containers.find((container) =>
    container.ports?.some(
      ({ containerPort, protocol = 'TCP' }) => protocol === 'TCP' && containerPort === port,
    ),
  );
  if (other === undefined && !ports.includes(port)) return;
  const { what, value } = MORE[name];
  const whose =
    other === undefined ? 'MLflow may be told to listen on' : `its container ${other.name} declares`;
  throw new Refusal(
    `The ${SIDECAR} of the pod would serve ${what} at port ${port}, which ${whose}. Choose another port (${name}; ${value} of the chart).`,
  );
}
