import { OPERATIONS } from './generated/catalog.ts';

/**
 * The paths below which MLflow's artifact proxy serves, without the host: `/api/2.0/mlflow-artifacts/artifacts`. They are those of the
 * operation that accepts uploads to any path of the store.
 */
export const PROXY_ROOTS: readonly string[] = [
  ...new Set(
    OPERATIONS.flatMap(({ path: [parameter, ...further], paths, body }) =>
      body === 'stream' &&
      further.length === 0 &&
      parameter?.policy.class === 'artifact-path' &&
      parameter.policy.root === 'server'
        ? paths.map((template) => template.slice(0, -`/{${parameter.name}}`.length))
        : [],
    ),
  ),
];

const ROOT = `(?:${PROXY_ROOTS.map(RegExp.escape).join('|')})`;

/**
 * The source of a pattern: an `http(s)` URL up to the first of {@link PROXY_ROOTS} in its path, for an MLflow below any path.
 *
 * @example
 * new RegExp(`^${PROXY_URL}(?=/|$)`).test('http://host/api/2.0/mlflow-artifacts/artifacts/1'); // true
 */
export const PROXY_URL: string = `https?://[^/]+(?:/[^/]+)*?${ROOT}`;
