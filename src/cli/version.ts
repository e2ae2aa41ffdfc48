import manifest from '../../package.json' with { type: 'json' };
import { DESCRIBED_VERSION } from '../catalog/generated/catalog.ts';

/** The build writes the commit in its place (build/bundle.ts). Run from source, the name does not exist. */
declare const MLFLOW_GATEWAY_COMMIT: string;

/**
 * The output of `mlflow-gateway --version`: the version, the commit that it was built from, and the MLflow that its catalog describes. The
 * version is the first word.
 *
 * @example
 * versionLine(); // 0.1.0 (commit 0f5c6d1b9a7e4c1f8d2b3a4958671c2000000000, catalog of MLflow 3.18.0)
 */
export function versionLine(): string {
  const source =
    typeof MLFLOW_GATEWAY_COMMIT === 'string' ? `commit ${MLFLOW_GATEWAY_COMMIT}` : 'from source';
  return `${manifest.version} (${source}, catalog of MLflow ${DESCRIBED_VERSION})`;
}
