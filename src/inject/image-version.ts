import { compareVersions } from '../catalog/compare-versions.ts';

/**
 * The images of MLflow and of community-charts/mlflow, in any registry: their tags are MLflow's versions. Tags of other
 * images may mean anything.
 */
const IMAGE =
  /(?:^|\/)(?:mlflow|burakince)\/mlflow:v?(\d{1,3}\.\d{1,3}(?:\.\d+)?)(?:(?:rc|\.dev|-)[\w.-]*)?(?:@.*)?$/;

/**
 * MLflow's version in the tag of an image, without `v`.
 *
 * @example
 * versionOf('ghcr.io/mlflow/mlflow:v3.1.4-full'); // '3.1.4'
 */
export function versionOf(image: string | undefined): string | undefined {
  return IMAGE.exec(image ?? '')?.[1];
}

/** Whether the version is known and older. */
export const isBefore = (version: string | undefined, other: string): version is string =>
  version !== undefined && compareVersions(version, other) < 0;
