import type { Field, FieldClass } from '../src/catalog/types.ts';

/** Classes of which null names nothing, so that it may be sent. Null at any other class that bears on tenancy is refused. */
const NAMES_NOTHING: ReadonlySet<FieldClass['class']> = new Set(['opaque', 'reference']);

/**
 * Keeps `nullable` on the fields, at any depth, at which the gateway sends null to MLflow.
 *
 * A leaf of any other class than `opaque` and `reference` loses it: null in place of a filter, a tag key, a new name or a storage
 * location has no meaning that is judged. An object, a list or a map that is null contains nothing to judge.
 *
 * @param reads whether MLflow reads null at all (`x-mlflow-nulls`)
 * @example
 * withNulls({ name: 'status', type: 'string', nullable: true, policy: { class: 'status' } }, true); // not nullable
 */
export function withNulls({ nullable, ...field }: Field, reads: boolean): Field {
  const { policy, fields } = field;
  const judged = fields === undefined && policy !== undefined && !NAMES_NOTHING.has(policy.class);
  return {
    ...field,
    ...(nullable && reads && !judged ? { nullable } : {}),
    ...(fields ? { fields: fields.map((inner) => withNulls(inner, reads)) } : {}),
  };
}
