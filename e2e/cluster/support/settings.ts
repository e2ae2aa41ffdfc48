import { join } from 'node:path';
import { KEYCLOAK_VERSION } from '../../../dev/keycloak.ts';
import { DEFAULT_MLFLOW_VERSION } from '../../../dev/mlflow-env.ts';

/**
 * The environment variables of `npm run e2e`. The defaults are the names in the public registries; a cluster
 * that cannot pull needs images of these names loaded beforehand.
 */
export interface Settings {
  /** An existing cluster that has, or can pull, every image. Without it, kind creates one, which is removed afterwards. */
  readonly kubeconfig: string | undefined;
  /** The node image of the created cluster; default kind's own. */
  readonly nodeImage: string | undefined;
  /** Keeps the cluster and its contents at the end. */
  readonly keep: boolean;
  /** Built from this checkout if kind creates the cluster. */
  readonly gatewayImage: string;
  readonly mlflowImage: string;
  readonly keycloakImage: string;
  readonly oauth2ProxyImage: string;
  /** The folder of the report: screenshots, audit lines, measurements. */
  readonly report: string;
}

/**
 * Reads the variables.
 *
 * @example
 * const { mlflowImage } = settings();
 */
export function settings(env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  return {
    kubeconfig: env.E2E_KUBECONFIG || undefined,
    nodeImage: env.E2E_NODE_IMAGE || undefined,
    keep: env.E2E_KEEP === 'true',
    gatewayImage: env.E2E_GATEWAY_IMAGE || 'mlflow-gateway:e2e',
    mlflowImage: env.E2E_MLFLOW_IMAGE || `ghcr.io/mlflow/mlflow:v${DEFAULT_MLFLOW_VERSION}`,
    keycloakImage: env.E2E_KEYCLOAK_IMAGE || `quay.io/keycloak/keycloak:${KEYCLOAK_VERSION}`,
    oauth2ProxyImage: env.E2E_OAUTH2_PROXY_IMAGE || 'quay.io/oauth2-proxy/oauth2-proxy:v7.15.4',
    report: env.E2E_REPORT || join(import.meta.dirname, '../../../test-results/e2e'),
  };
}
