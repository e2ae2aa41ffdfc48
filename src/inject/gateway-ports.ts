import type { RequestedInjection } from './annotations.ts';
import { givenVariable, type Settings } from './settings.ts';

/** A PodMonitor selects the port by this name of at most 15 characters. */
const METRICS = 'gateway-metrics';
/** The gateway's variable for ports of other containers. */
export const ALLOWED_PORTS_VARIABLE = 'GW_SIDECAR_ALLOWED_PORTS';

/** Additional ports of the gateway, and the chart value of each. */
export const EXTRA_PORTS = {
  GW_METRICS_PORT: { what: 'its metrics', value: 'metrics.port' },
  GW_JOBS_PORT: { what: 'jobs of MLflow', value: 'injection.jobsPort' },
} as const;

export type PortName = keyof typeof EXTRA_PORTS;

/** The port that the settings set by a variable; `undefined` if it is not set or not readable. */
export const portOf = (settings: Settings, name: PortName): number | undefined =>
  Number(givenVariable(settings, name)?.value ?? 0) || undefined;

/** The port numbers of a comma-separated list. */
export const portsIn = (list: string): number[] =>
  list
    .split(',')
    .map(Number)
    .filter((port) => port > 0);

/** The entry of the container's `ports` for metrics: Prometheus discovers declared ports. Other ports need no discovery. */
export function metricsPorts(settings: Settings): readonly object[] {
  const port = portOf(settings, 'GW_METRICS_PORT');
  return port === undefined ? [] : [{ name: METRICS, containerPort: port, protocol: 'TCP' }];
}

/**
 * The ports that other containers may listen on, from the settings and the pod's annotation. Empty if neither names any, or if
 * only the settings do, by `valueFrom`.
 */
export function allowedPorts(
  { allowedPorts: fromAnnotation }: RequestedInjection,
  settings: Settings,
): readonly number[] {
  const given = portsIn(givenVariable(settings, ALLOWED_PORTS_VARIABLE)?.value ?? '');
  return [...new Set([...given, ...fromAnnotation])].sort((a, b) => a - b);
}
