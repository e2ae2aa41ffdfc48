import type { Operation, ResourceKind } from '../catalog/types.ts';
import { operationById } from '../mlflow/call.ts';
import { splitName } from '../request/qualified-name.ts';

/** One of the gateway's own calls about a resource: the operation, and the fields that name the resource. */
export interface ResourceCall {
  readonly operation: Operation;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The call about a resource by its id. A resource with a qualified name has operations of its own.
 *
 * @param operation the operation for a name without a qualifier
 * @param field the field of the operation that takes the name
 * @example
 * callAbout(kinds.get('skill'), 'getSkill', 'name', '@acme/x').values; // { organization: 'acme', name: 'x' }
 */
export function callAbout(
  kind: ResourceKind | undefined,
  operation: string,
  field: string,
  id: string,
): ResourceCall {
  const parts = kind?.qualified && splitName(id);
  const call = qualifiedCall(kind, operation, parts?.qualifier);
  return { operation: call.operation, values: { ...call.values, [field]: parts?.name ?? id } };
}

/**
 * The operation for a resource whose name has a qualifier, and the field that takes the qualifier.
 *
 * @param operation the operation for a name without a qualifier; the result if the name has none
 * @example
 * qualifiedCall(kinds.get('skill'), 'getSkill', 'acme').values; // { organization: 'acme' }
 */
export function qualifiedCall(
  kind: ResourceKind | undefined,
  operation: string,
  qualifier: string | undefined,
): ResourceCall {
  const qualified = kind?.qualified;
  if (!qualifier || qualified === undefined) return { operation: operationById(operation), values: {} };
  return {
    operation: operationById(qualified.operations[operation] ?? operation),
    values: { [qualified.field]: qualifier },
  };
}
