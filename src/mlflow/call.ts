import { GATEWAY_CALLS, OPERATIONS } from '../catalog/generated/catalog.ts';
import type { Operation } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import { writePath } from '../request/path.ts';
import type { OutgoingRequest } from '../upstream/types.ts';

const BY_ID = new Map(OPERATIONS.map((operation) => [operation.id, operation]));

/** An operation of the catalog by its id. @throws Error when the catalog lacks it */
export function operationById(id: string): Operation {
  const operation = BY_ID.get(id);
  if (operation === undefined) throw new Error(`the catalog has no operation ${id}`);
  return operation;
}

/** The operation for one of the gateway's own calls, as named in the policy. */
export function callOperation(purpose: keyof typeof GATEWAY_CALLS): Operation {
  return operationById(GATEWAY_CALLS[purpose]);
}

/** The denial if MLflow's response neither names an owner nor reports that the resource does not exist. */
export function lookupFailed(status: number): DenialError {
  return new DenialError('upstream_invalid', `MLflow answered ${status} to an ownership lookup.`);
}

/** A field value of a call. In a query, a list repeats the field. */
export type CallValue = string | number | readonly CallValue[] | Readonly<Record<string, string>>;

/**
 * Writes a request of the gateway itself to MLflow. The catalog decides where each value goes, so that the code holds no path of
 * MLflow's. Values without a field in the operation are left out.
 *
 * @example
 * writeCall(operationById('getRun'), { run_id: id }, { [WORKSPACE_HEADER]: 'team-a' });
 */
export function writeCall(
  operation: Operation,
  values: Readonly<Record<string, CallValue>>,
  headers: Readonly<Record<string, string>>,
): OutgoingRequest {
  const path = writePath(operation.paths[0], values as Readonly<Record<string, string>>);
  // Some fields are described in the path and in the query or body; the path wins.
  const inPath = new Set(operation.path.map(({ name }) => name));
  const query = operation.query
    .flatMap(({ name }) => {
      const value = values[name];
      if (value === undefined || inPath.has(name)) return [];
      return [value].flat().map((one) => `${name}=${encodeURIComponent(String(one))}`);
    })
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
