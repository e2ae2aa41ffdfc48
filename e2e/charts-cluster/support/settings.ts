import { join } from 'node:path';

/**
 * The environment variables of `npm run e2e:charts`, besides those of `npm run e2e`. The defaults are the names
 * in the public registries.
 */
export interface ChartSettings {
  /** The MLflow that both charts run: with drivers of databases, exporters and Kubernetes' client. */
  readonly mlflowImage: string;
  /** skipper; another Ingress controller takes other arguments. */
  readonly ingressImage: string;
  readonly postgresImage: string;
  readonly busyboxImage: string;
  /** Where the page with the result goes. */
  readonly record: string;
}

/**
 * Reads the variables.
 *
 * @example
 * const { mlflowImage } = chartSettings();
 */
export function chartSettings(
  env: Readonly<Record<string, string | undefined>> = process.env,
): ChartSettings {
  return {
    mlflowImage: env.E2E_MLFLOW_FULL_IMAGE || 'ghcr.io/mlflow/mlflow:v3.18.0-full',
    ingressImage: env.E2E_INGRESS_IMAGE || 'ghcr.io/zalando/skipper:v0.25.0',
    postgresImage: env.E2E_POSTGRES_IMAGE || 'postgres:15',
    busyboxImage: env.E2E_BUSYBOX_IMAGE || 'busybox:1.38.0',
    record: env.E2E_RECORD || join(import.meta.dirname, '../../../test-results/e2e/charts-on-kind.md'),
  };
}
