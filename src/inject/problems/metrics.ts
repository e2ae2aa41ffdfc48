import { optionIn } from '../chart-values.ts';
import { type Container, isOn } from '../pod.ts';
import type { ServerCommand } from '../server-command.ts';

/** The gateway's variable that serves MLflow's metrics together with its own. */
export const METRICS_MLFLOW = 'GW_METRICS_MLFLOW';

export const exposesMetrics = (container: Container, command: ServerCommand): boolean =>
  command.has('--expose-prometheus') || isOn(container, 'MLFLOW_EXPOSE_PROMETHEUS');

/** @param served the gateway's GW_METRICS_MLFLOW; `undefined` if it cannot be read */
export function metricsProblems(
  container: Container,
  command: ServerCommand,
  served: string | undefined,
): string[] {
  if (!exposesMetrics(container, command) || served === undefined || /^(?:true|1|yes|on)$/i.test(served))
    return [];
  return [
    `MLflow exposes /metrics (--expose-prometheus), which tenants must not read, so that the gateway does not pass it on. Remove it${optionIn('--expose-prometheus')}, or set metrics.enabled and metrics.mlflow.enabled of the gateway's chart (GW_METRICS_PORT and ${METRICS_MLFLOW}=true) and turn off MLflow's own ServiceMonitor, whose target would be down (community-charts/mlflow: serviceMonitor.enabled: false with extraArgs.exposePrometheus; MLflow's chart: serviceMonitor.enabled: false).`,
  ];
}
