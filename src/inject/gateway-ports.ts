import type { Wishes } from './annotations.ts';
import { givenVariable, type Settings } from './settings.ts';

/** By this name a PodMonitor finds the port: at most 15 characters. */
const METRICS = 'gateway-metrics';
/** The gateway's variable for ports of others. */
export const ALLOWED = 'GW_SIDECAR_ALLOWED_PORTS';

/** Ports that the gateway opens beside the one for callers, and what sets each in the chart. */
export const MORE_PORTS = {
  GW_METRICS_PORT: { what: 'its metrics', value: 'metrics.port' },
  GW_JOBS_PORT: { what: 'jobs of MLflow', value: 'injection.jobsPort' },
} as const;

export type PortName = keyof typeof MORE_PORTS;

/** The port that the settings give by a variable, where it is known here. */
export const portOf = (settings: Settings, name: PortName): number | undefined =>
  Number(givenVariable(settings, name)?.value ?? 0) || undefined;

/** The port numbers of a list with commas between. */
export const portsIn = (list: string): number[] =>
  list
    .split(',')
    .map(Number)
    .filter((port) => port > 0);

/** The entry of the container's `ports` for metrics; Prometheus finds pods by what they declare. The others are nobody's to find. */
export function metricsPorts(settings: Settings): readonly object[] {
  const port = portOf(settings, 'GW_METRICS_PORT');
  return port === undefined ? [] : [{ name: METRICS, containerPort: port, protocol: 'TCP' }];
}

/**
 * The ports that the gateway of the pod lets others have: those of the settings, and those of the pod's annotation. No entry
 * where there are none, or where the settings take theirs from elsewhere and the pod has none.
 */
export function allowedPorts({ allowedPorts: wished }: Wishes, settings: Settings): readonly number[] {
  const given = portsIn(givenVariable(settings, ALLOWED)?.value ?? '');
  return [...new Set([...given, ...wished])].sort((a, b) => a - b);
}
