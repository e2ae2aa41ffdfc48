import { join } from 'node:path';
import { KEYCLOAK_VERSION } from '../../../dev/keycloak.ts';
import { DEFAULT_MLFLOW_VERSION } from '../../../dev/mlflow-env.ts';
import { CHROMIUM } from '../../harness/chromium.ts';

/**
 * What `npm run e2e` can be told by environment variables. The defaults are what the public registries have; a cluster
 * that cannot pull needs images of these names loaded beforehand.
 */
export interface Settings {
  /** A cluster that exists and has, or can pull, every image. Else one is made with kind and taken away after. */
  readonly kubeconfig: string | undefined;
  /** The node image of the cluster that is made; kind's own when not set. */
  readonly nodeImage: string | undefined;
  /** Leaves the cluster and what is in it as it is at the end. */
  readonly keep: boolean;
  /** Built from this checkout where a cluster is made. */
  readonly gatewayImage: string;
  readonly mlflowImage: string;
  readonly keycloakImage: string;
  readonly oauth2ProxyImage: string;
  /** A Chromium or Chrome for the tests with a browser. */
  readonly chromium: string;
  /** Where the report goes: screenshots, audit lines, what was measured. */
  readonly report: string;
}

/**
 * Reads them.
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
    chromium: env.E2E_CHROMIUM || CHROMIUM,
    report: env.E2E_REPORT || join(import.meta.dirname, '../../../test-results/e2e'),
  };
}
