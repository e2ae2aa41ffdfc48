import type { Pod } from './pod.ts';
import { Refusal } from './refusal.ts';
import { type Settings, SIDECAR } from './settings.ts';
import type { Target } from './target.ts';

/** By this name a PodMonitor finds the port: at most 15 characters. */
const NAME = 'gateway-metrics';

/** The port that the settings give the gateway's metrics (`GW_METRICS_PORT`), where it is known here. */
function metricsPort({ gateway }: Settings): number | undefined {
  const value = gateway.env.find(({ name }) => name === 'GW_METRICS_PORT')?.value;
  const port = Number(value ?? 0);
  return port === 0 ? undefined : port;
}

/** The entry of the container's `ports` for it; Prometheus finds pods by what they declare. */
export function metricsPorts(settings: Settings): readonly object[] {
  const port = metricsPort(settings);
  return port === undefined ? [] : [{ name: NAME, containerPort: port, protocol: 'TCP' }];
}

/** @throws Refusal when the port is MLflow's, or declared by another container of the pod */
export function refuseMetricsPort({ spec }: Pod, { ports }: Target, settings: Settings): void {
  const port = metricsPort(settings);
  if (port === undefined) return;
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const other = containers.find((container) =>
    container.ports?.some(
      ({ containerPort, protocol = 'TCP' }) => protocol === 'TCP' && containerPort === port,
    ),
  );
  if (other === undefined && !ports.includes(port)) return;
  const whose =
    other === undefined ? 'MLflow may be told to listen on' : `its container ${other.name} declares`;
  throw new Refusal(
    `The ${SIDECAR} of the pod would serve its metrics at port ${port}, which ${whose}. Give the metrics another port (GW_METRICS_PORT; metrics.port of the chart).`,
  );
}
