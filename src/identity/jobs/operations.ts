import type { Field, Operation } from '../../catalog/types.ts';

/**
 * The operations that MLflow's jobs call, with the headers that only MLflow's own calls have: one marks
 * a request of a scorer, so that a guardrail is not applied to its own scorer.
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
