import { OPERATIONS } from './generated/catalog.ts';

/**
 * Below which MLflow's artifact proxy serves, without the host: `/api/2.0/mlflow-artifacts/artifacts`. These are the paths of the
 * operation that takes uploads to any path of the store.
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

const ROOT = `(?:${PROXY_ROOTS.map((root) => root.replaceAll('.', '\\.')).join('|')})`;

/**
 * The source of a pattern: an `http(s)` URL up to the first of {@link PROXY_ROOTS} in its path, whatever path MLflow is served below.
 *
 * @example
 * new RegExp(`^${PROXY_URL}(?=/|$)`).test('http://host/api/2.0/mlflow-artifacts/artifacts/1'); // true
 */
export const PROXY_URL: string = `https?://[^/]+(?:/[^/]+)*?${ROOT}`;
