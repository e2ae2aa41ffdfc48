import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A place in the checkout that names the version, as a pattern whose second group is the version. */
interface Place {
  readonly file: string;
  readonly pattern: RegExp;
}

/** Everything that is published carries the same version. */
const PLACES: readonly Place[] = [
  { file: 'package.json', pattern: /^(\{\n {2}"name": "mlflow-gateway",\n {2}"version": ")(.+)(")/m },
  { file: 'package-lock.json', pattern: /^(\{\n {2}"name": "mlflow-gateway",\n {2}"version": ")(.+)(")/m },
  {
    file: 'package-lock.json',
    pattern: /( {4}"": \{\n {6}"name": "mlflow-gateway",\n {6}"version": ")(.+)(")/,
  },
  { file: 'chart/Chart.yaml', pattern: /^(version: )(.+)()$/m },
  { file: 'chart/Chart.yaml', pattern: /^(appVersion: )(.+)()$/m },
  { file: 'chart/Chart.yaml', pattern: /^( +image: mlflow-gateway:)(.+)()$/m },
  { file: 'clients/python/pyproject.toml', pattern: /^(version = ")(.+)(")$/m },
  { file: 'Dockerfile', pattern: /^(ARG VERSION=)(.+)()$/m },
];

/** The form of a version: three numbers, and optionally a pre-release that npm, Helm and PyPI all accept. */
export const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-rc\.(0|[1-9]\d*))?$/;

/**
 * The version at each place of a checkout that has one, by file. They agree in every commit.
 *
 * @throws Error if a place is not where it was
 * @example
 * versionsIn(process.cwd()); // [{ file: 'package.json', version: '0.1.0' }, ...]
 */
export function versionsIn(root: string): readonly { readonly file: string; readonly version: string }[] {
  return PLACES.map(({ file, pattern }) => {
    const version = pattern.exec(readFileSync(join(root, file), 'utf8'))?.[2];
    if (version === undefined)
      throw new Error(`${file} has no version where the release writes one: ${pattern}`);
    return { file, version };
  });
}

/**
 * Writes the version at each place.
 *
 * @example
 * writeVersion(process.cwd(), '0.2.0');
 */
export function writeVersion(root: string, version: string): void {
  versionsIn(root);
  for (const { file, pattern } of PLACES) {
    const path = join(root, file);
    writeFileSync(path, readFileSync(path, 'utf8').replace(pattern, `$1${version}$3`));
  }
}
