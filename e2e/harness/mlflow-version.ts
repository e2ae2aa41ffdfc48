import { compareVersions } from '../../codegen/surfaces.ts';
import { DEFAULT_MLFLOW_VERSION } from '../../dev/mlflow-env.ts';
import { SURVEYED_VERSIONS } from '../../src/catalog/generated/catalog.ts';

/** The variable that says which MLflow the suites of this folder run against. */
export const VERSION_VARIABLE = 'E2E_MLFLOW_VERSION';

/**
 * The MLflow that the suites run against: `E2E_MLFLOW_VERSION`, else the newest surveyed one.
 *
 * @throws {Error} when the variable names a version that was not surveyed (`openapi/surfaces/`): what it serves, and so
 *   what there is to try, is not known
 * @example
 * mlflowVersion({ E2E_MLFLOW_VERSION: '3.10.1' }); // '3.10.1'
 * mlflowVersion({}); // '3.17.2'
 */
export function mlflowVersion(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const version = env[VERSION_VARIABLE] || DEFAULT_MLFLOW_VERSION;
  if (SURVEYED_VERSIONS.includes(version)) return version;
  throw new Error(
    `${VERSION_VARIABLE}=${version} is no surveyed MLflow; choose one of ${SURVEYED_VERSIONS.join(', ')}`,
  );
}

/**
 * The versions that a suite for several runs against: those it names, or the one of `E2E_MLFLOW_VERSION`.
 *
 * @throws {Error} as `mlflowVersion`
 * @example
 * describe.each(versionsOr(['2.22.5', '3.17.2']))('MLflow %s', (version) => {});
 */
export function versionsOr(
  usual: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): readonly string[] {
  return env[VERSION_VARIABLE] ? [mlflowVersion(env)] : usual;
}

/**
 * Whether a version is older than another one, of which the patch may be left out.
 *
 * @example
 * isBefore('3.9.2', '3.10'); // true
 */
export function isBefore(version: string, other: string): boolean {
  return compareVersions(version, other) < 0;
}

/** Whether a version knows workspaces. */
export function hasWorkspaces(version: string): boolean {
  return !isBefore(version, '3.10');
}

/** How a server of a version listens by default: gunicorn, before 3.5, cannot be moved to a Unix socket. */
export function listenOf(version: string): { readonly unix: true } | { readonly port: number } {
  return isBefore(version, '3.5') ? { port: 0 } : { unix: true };
}
