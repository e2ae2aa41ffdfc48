import { OPERATIONS } from './generated/catalog.ts';

/**
 * Below which MLflow's artifact proxy serves, without the host: `/api/2.0/mlflow-artifacts/artifacts`. These are the paths of the
 * operation that takes uploads to any path of the store.
 */
export const PROXY_ROOTS: readonly string[] = [
  ...new Set(
    OPERATIONS.filter(
      ({ path, body }) =>
        body === 'stream' &&
        path.length === 1 &&
        path[0]!.policy.class === 'artifact-path' &&
        path[0]!.policy.root === 'server',
    ).flatMap(({ path, paths }) => paths.map((template) => template.slice(0, -`/{${path[0]!.name}}`.length))),
  ),
];

const ROOT = `(?:${PROXY_ROOTS.map(RegExp.escape).join('|')})`;

/**
 * The source of a pattern: an `http(s)` URL up to the first of {@link PROXY_ROOTS} in its path, whatever path MLflow is served below.
 *
 * @example
 * new RegExp(`^${PROXY_URL}(?=/|$)`).test('http://host/api/2.0/mlflow-artifacts/artifacts/1'); // true
 */
export const PROXY_URL: string = `https?://[^/]+(?:/[^/]+)*?${ROOT}`;
