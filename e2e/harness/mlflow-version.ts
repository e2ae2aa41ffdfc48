import { DEFAULT_MLFLOW_VERSION } from '../../dev/mlflow-env.ts';
import { compareVersions } from '../../src/catalog/compare-versions.ts';
import { SURVEYED_VERSIONS } from '../../src/catalog/generated/catalog.ts';

/** The variable that chooses the MLflow version of the suites. */
export const VERSION_VARIABLE = 'E2E_MLFLOW_VERSION';

/**
 * The MLflow that the suites run against: `E2E_MLFLOW_VERSION`, else the newest surveyed one.
 *
 * @throws {Error} when the variable names a version that was not surveyed (`openapi/surfaces/`): its operations
 *   are not known
 * @example
 * mlflowVersion({ E2E_MLFLOW_VERSION: '3.10.1' }); // '3.10.1'
 * mlflowVersion({}); // '3.18.0'
 */
export function mlflowVersion(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const version = env[VERSION_VARIABLE] || DEFAULT_MLFLOW_VERSION;
  if (SURVEYED_VERSIONS.includes(version)) return version;
  throw new Error(
    `${VERSION_VARIABLE}=${version} is not a surveyed MLflow version; choose one of ${SURVEYED_VERSIONS.join(', ')}`,
  );
}

/**
 * The versions of a suite that runs against several: its own list, or the version in `E2E_MLFLOW_VERSION`.
 *
 * @throws {Error} as `mlflowVersion`
 * @example
 * describe.each(versionsOr(['2.22.5', '3.18.0']))('MLflow %s', (version) => {});
 */
export function versionsOr(
  usual: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): readonly string[] {
  return env[VERSION_VARIABLE] ? [mlflowVersion(env)] : usual;
}

/**
 * Whether a version is older than another one, whose patch number is optional.
 *
 * @example
 * isBefore('3.9.2', '3.10'); // true
 */
export function isBefore(version: string, other: string): boolean {
  return compareVersions(version, other) < 0;
}

/** Whether a version has workspaces. */
export function hasWorkspaces(version: string): boolean {
  return !isBefore(version, '3.10');
}

/** Where a server of a version listens by default. Before 3.5 MLflow runs on gunicorn, which cannot use a Unix socket. */
export function listenOf(version: string): { readonly unix: true } | { readonly port: number } {
  return isBefore(version, '3.5') ? { port: 0 } : { unix: true };
}
