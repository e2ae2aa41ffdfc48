import { readFileSync } from 'node:fs';
import type { Operation } from '../../../src/catalog/types.ts';
import { isBefore, mlflowVersion } from '../mlflow-version.ts';

/** Whether an MLflow serves an operation at a mount; the catalog is the union of several versions. */
export type Served = (operation: Operation, template: string) => boolean;

/** Reads the routes of a surveyed version (`openapi/surfaces/`). @throws Error when the version was not surveyed */
function servedBy(version: string): Served {
  const file = new URL(`../../../openapi/surfaces/${version}.json`, import.meta.url);
  const { routes } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly routes: readonly { readonly method: string; readonly path: string }[];
  };
  const pairs = new Set(routes.map(({ method, path }) => `${method} ${withoutConverters(path)}`));
  return ({ method }, template) => pairs.has(`${method} ${template}`);
}

/** The operations of the catalog that one surveyed version serves. */
export interface ServedOperations {
  readonly serves: Served;
  /** The first mount at which the version serves an operation, or `undefined` if it serves none. */
  mountOf(operation: Operation): string | undefined;
  /** Whether the version has a route for the operation and no handler behind it. */
  hasNoHandler(operation: Operation): boolean;
  /** Whether the version has a route for the operation and a handler behind it. */
  has(operation: Operation): boolean;
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

const byVersion = new Map<string, ServedOperations>();

/**
 * The operations that a surveyed version serves.
 *
 * @throws Error when the version was not surveyed
 * @example
 * servedOperations('2.22.5').has(operationOf('createLoggedModel')); // false
 */
export function servedOperations(version: string): ServedOperations {
  const known = byVersion.get(version);
  if (known !== undefined) return known;
  const serves = servedBy(version);
  const mountOf = (operation: Operation): string | undefined =>
    operation.paths.find((template) => serves(operation, template));
  const hasNoHandler = (operation: Operation): boolean => {
    const first = FIRST_HANDLER[operation.id];
    return first !== undefined && mountOf(operation) !== undefined && isBefore(version, first);
  };
  const has = (operation: Operation): boolean => mountOf(operation) !== undefined && !hasNoHandler(operation);
  const made = { serves, mountOf, hasNoHandler, has };
  byVersion.set(version, made);
  return made;
}

const ofThisRun = servedOperations(mlflowVersion());

/** Whether the MLflow of this run serves an operation at a mount. */
export const serves: Served = ofThisRun.serves;

/** The first mount at which the MLflow of this run serves an operation, or `undefined` if it serves none. */
export function servedMount(operation: Operation): string | undefined {
  return ofThisRun.mountOf(operation);
}

/** Whether the MLflow of this run has a route for the operation and a handler behind it. */
export function isServed(operation: Operation): boolean {
  return ofThisRun.has(operation);
}

/** Whether the MLflow of this run has a route for the operation and no handler behind it. */
export function hasNoHandler(operation: Operation): boolean {
  return ofThisRun.hasNoHandler(operation);
}

/** A surface writes `{name:path}` for a parameter that may contain slashes. */
function withoutConverters(path: string): string {
  return path.replaceAll(/\{(\w+):\w+\}/g, '{$1}');
}
