import { readFileSync } from 'node:fs';
import type { Operation } from '../../../src/catalog/types.ts';

/** Whether an MLflow answers an operation at a mount; the catalog unites what several versions serve. */
export type Served = (operation: Operation, template: string) => boolean;

/**
 * What a surveyed version serves (`openapi/surfaces/`).
 *
 * @throws Error when the version was not surveyed
 * @example
 * servedBy('3.17.2')(operationOf('getTraceInfoV3'), '/api/2.0/mlflow/traces/{trace_id}'); // false
 */
export function servedBy(version: string): Served {
  const file = new URL(`../../../openapi/surfaces/${version}.json`, import.meta.url);
  const { routes } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly routes: readonly { readonly method: string; readonly path: string }[];
  };
  const pairs = new Set(routes.map(({ method, path }) => `${method} ${withoutConverters(path)}`));
  return ({ method }, template) => pairs.has(`${method} ${template}`);
}

/** `{name:path}` is how a surface says that a parameter may hold slashes. */
function withoutConverters(path: string): string {
  return path.replaceAll(/\{(\w+):\w+\}/g, '{$1}');
}
