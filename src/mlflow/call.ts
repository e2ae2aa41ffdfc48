import { GATEWAY_CALLS, OPERATIONS } from '../catalog/generated/catalog.ts';
import type { Operation } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import { writePath } from '../request/path-parameters.ts';
import type { OutgoingRequest } from '../upstream/types.ts';

const BY_ID = new Map(OPERATIONS.map((operation) => [operation.id, operation]));

/** An operation of the catalog by its id. @throws Error when the catalog lacks it */
export function operationById(id: string): Operation {
  const operation = BY_ID.get(id);
  if (operation === undefined) throw new Error(`the catalog has no operation ${id}`);
  return operation;
}

/** The operation that serves one of the gateway's own purposes, as the policy names it. */
export function callOperation(purpose: keyof typeof GATEWAY_CALLS): Operation {
  return operationById(GATEWAY_CALLS[purpose]);
}

/** For an answer of MLflow's that says neither whose something is nor that it is not there. */
export function lookupFailed(status: number): DenialError {
  return new DenialError('upstream_invalid', `MLflow answered ${status} to an ownership look-up.`);
}

/** What a field of a call can hold. A list is a field that is there several times where it goes into the query. */
export type CallValue = string | number | readonly CallValue[] | Readonly<Record<string, string>>;

/**
 * Writes a request of the gateway's own to MLflow. Values go where the catalog says the fields are, so that no path
 * and no field name of MLflow stands in the code. Values that the operation has no field for are left out.
 *
 * @example
 * writeCall(operationById('getRun'), { run_id: id }, { 'x-mlflow-workspace': 'team-a' });
 */
export function writeCall(
  operation: Operation,
  values: Readonly<Record<string, CallValue>>,
  headers: Readonly<Record<string, string>>,
): OutgoingRequest {
  const path = writePath(operation.paths[0], values as Readonly<Record<string, string>>);
  // Some are described in both places; the path decides.
  const inPath = new Set(operation.path.map(({ name }) => name));
  const query = operation.query
    .filter((field) => values[field.name] !== undefined && !inPath.has(field.name))
    .flatMap(({ name }) =>
      [values[name]!].flat().map((value) => `${name}=${encodeURIComponent(String(value))}`),
    )
    .join('&');
  const body =
    operation.body === 'json'
      ? Buffer.from(
          JSON.stringify(
            Object.fromEntries(
              operation.bodyFields
                .filter((f) => values[f.name] !== undefined && !inPath.has(f.name))
                .map((f) => [f.name, values[f.name]]),
            ),
          ),
        )
      : undefined;
  return {
    method: operation.method,
    path: query === '' ? path : `${path}?${query}`,
    headers: {
      accept: 'application/json',
      ...headers,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    body,
  };
}
