import { readFileSync } from 'node:fs';
import type { Operation } from '../../../src/catalog/types.ts';
import { isBefore, mlflowVersion } from '../mlflow-version.ts';

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

/** What the MLflow of this run serves. */
export const serves: Served = servedBy(mlflowVersion());

/** The first mount at which the MLflow of this run serves an operation, or `undefined` where it does not have it. */
export function servedMount(operation: Operation): string | undefined {
  return operation.paths.find((template) => serves(operation, template));
}

/** Whether there is anything behind an operation in the MLflow of this run. */
export function isServed(operation: Operation): boolean {
  return servedMount(operation) !== undefined && !isHollow(operation);
}

/**
 * Operations that older MLflows have a route and no handler for (`mlflow.server.handlers._not_implemented`, 404 or 500): the first
 * version with one. `createAssessment` is not even a route there, but the literal path `.../{assessment.trace_id}/...`.
 */
const FIRST_HANDLER: Readonly<Record<string, string>> = {
  createAssessment: '3.2',
  deleteAssessment: '3.2',
  getAssessment: '3.2',
  getTraceInfoV3: '3.2',
  searchTracesV3: '3.2',
  updateAssessment: '3.2',
};

/** Whether the MLflow of this run has a route for the operation and nothing behind it. */
export function isHollow(operation: Operation): boolean {
  const first = FIRST_HANDLER[operation.id];
  return first !== undefined && servedMount(operation) !== undefined && isBefore(mlflowVersion(), first);
}

/** `{name:path}` is how a surface says that a parameter may hold slashes. */
function withoutConverters(path: string): string {
  return path.replaceAll(/\{(\w+):\w+\}/g, '{$1}');
}
