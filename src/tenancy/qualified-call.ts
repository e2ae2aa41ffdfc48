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
  const qualified = kind?.qualified;
  const parts = qualified && splitName(id);
  if (parts === undefined) return { operation: operationById(operation), values: { [field]: id } };
  return {
    operation: operationById(qualified!.operations[operation] ?? operation),
    values: { [qualified!.field]: parts.qualifier, [field]: parts.name },
  };
}
