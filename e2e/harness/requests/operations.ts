import type { Fetch } from '../../../dev/http.ts';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../../src/catalog/types.ts';
import type { Json } from '../mlflow-api.ts';
import { mlflowVersion } from '../mlflow-version.ts';
import { type Draft, toWire } from './draft.ts';
import { servedMount, servedOperations } from './served-operations.ts';

const BY_ID = new Map(OPERATIONS.map((operation) => [operation.id, operation]));

/** The operation with this id. @throws Error when the catalog lacks it */
export function operationOf(id: string): Operation {
  const operation = BY_ID.get(id);
  if (operation === undefined) throw new Error(`the catalog has no operation ${id}`);
  return operation;
}

/** The values of a request to an operation. */
export interface Values {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Record<string, unknown>;
  readonly raw?: Buffer;
}

/** A request to an operation, at a mount that this MLflow serves if there is one. */
export function draftOf(operation: Operation, values: Values = {}, template?: string): Draft {
  return {
    operation,
    template: template ?? servedMount(operation) ?? operation.paths[0]!,
    path: values.path ?? {},
    query: values.query ?? {},
    headers: values.headers ?? {},
    body: values.body ?? (operation.body === 'json' ? {} : undefined),
    raw: values.raw,
  };
}

/** The request needs an operation that this version of MLflow does not have. */
export class NotServed extends Error {}

/**
 * Sends an operation of the catalog and returns MLflow's JSON, or `{}` when the response is not a JSON object.
 *
 * @throws {NotServed} when this version of MLflow does not have the operation
 * @throws {Error} when the response is not a success
 */
export type Send = (operationId: string, values?: Values) => Promise<Json>;

/**
 * Sends operations of the catalog with a fetch, at the mounts that a version of MLflow serves.
 *
 * @param version of the MLflow behind `fetch`; default: the version of this run
 * @example
 * const { experiment_id } = await sendBy(stack.direct())('createExperiment', { body: { name: 'x' } });
 */
export function sendBy(fetch: Fetch, version: string = mlflowVersion()): Send {
  const served = servedOperations(version);
  return async (operationId, values = {}) => {
    const operation = operationOf(operationId);
    if (!served.has(operation)) throw new NotServed(operationId);
    const { method, path, headers, body } = toWire(draftOf(operation, values, served.mountOf(operation)));
    const answer = await fetch(path, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${operationId} answered ${answer.status}: ${text}`);
    return text.startsWith('{') ? (JSON.parse(text) as Json) : {};
  };
}

/** The result of making something, or `undefined` when this version of MLflow has no such operation. */
export async function ifServed<T>(made: Promise<T>): Promise<T | undefined> {
  try {
    return await made;
  } catch (error) {
    if (error instanceof NotServed) return undefined;
    throw error;
  }
}
