/** MLflow's version. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  /** The version in the image's tag, without `v`. */
  readonly text: string;
}

/**
 * The images of MLflow and of community-charts/mlflow, in any registry: their tags are MLflow's versions. Tags of other
 * images may mean anything.
 */
const IMAGE =
  /(?:^|\/)(?:mlflow|burakince)\/mlflow:v?((\d{1,3})\.(\d{1,3})(?:\.\d+)?)(?:(?:rc|\.dev|-)[\w.-]*)?(?:@.*)?$/;

/**
 * @example
 * versionOf('ghcr.io/mlflow/mlflow:v3.1.4-full'); // { major: 3, minor: 1, text: '3.1.4' }
 */
export function versionOf(image: string | undefined): Version | undefined {
  const match = IMAGE.exec(image ?? '');
  if (match === null) return undefined;
  const [, text = '', major, minor] = match;
  return { major: Number(major), minor: Number(minor), text };
}

/** Whether the version is known and older. */
export const isBefore = (version: Version | undefined, major: number, minor: number): version is Version =>
  version !== undefined && (version.major < major || (version.major === major && version.minor < minor));
