import type { Field, Operation } from '../../catalog/types.ts';

/**
 * The operations that MLflow's jobs call, with the headers that are meant for MLflow's own calls and nobody else's: what
 * says that a judge is asking, so that a guardrail does not judge its own judge.
 *
 * @throws Error when the catalog lacks one
 */
export function jobOperations(operations: readonly Operation[], ids: readonly string[]): Operation[] {
  return ids.map((id) => {
    const found = operations.find((operation) => operation.id === id);
    if (found === undefined) throw new Error(`the catalog has no operation ${id}, which jobs call`);
    return { ...found, headers: found.headers.map(allowed) };
  });
}

function allowed(field: Field): Field {
  return field.policy?.class === 'internal' ? { ...field, policy: { class: 'opaque' } } : field;
}
