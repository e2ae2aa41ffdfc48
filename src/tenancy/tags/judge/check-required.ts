import type { CreatePlan, ReferencesPlan } from '../../../catalog/types.ts';
import { DenialError } from '../../../denial.ts';
import type { FieldUse } from '../../../request/types.ts';

/**
 * Refuses a request that names no resource it could be about. MLflow would read a missing experiment id as the default
 * experiment, and a missing path as the whole artifact store.
 *
 * @throws DenialError `invalid_field`
 */
export function checkRequired(plan: ReferencesPlan | CreatePlan, uses: readonly FieldUse[]): void {
  const { needs } = plan;
  const named = (wanted: (policy: FieldUse['policy']) => boolean): boolean =>
    uses.some(({ policy, value }) => value !== '' && wanted(policy));
  if (plan.rule === 'references' && plan.needsPath && !named((policy) => policy.class === 'artifact-path'))
    throw new DenialError(
      'invalid_field',
      'A path is required: listing the whole artifact store is not allowed.',
    );
  if (
    needs !== undefined &&
    !named((policy) => policy.class === 'reference' && needs.kinds.includes(policy.kind))
  )
    throw new DenialError('invalid_field', needs.unnamed);
}
