import { DenialError } from '../../../denial.ts';
import type { FieldUse } from '../../../request/fields.ts';
import type { Plan } from '../plan.ts';

/**
 * Refuses a request that names no resource it could be about. MLflow would read a missing experiment id as the default
 * experiment, and a missing path as the whole artifact store.
 *
 * @throws DenialError `invalid_field`
 */
export function checkRequired({ needs, needsPath, unnamed }: Plan, uses: readonly FieldUse[]): void {
  const named = (wanted: (policy: FieldUse['policy']) => boolean): boolean =>
    uses.some(({ policy, value }) => value !== '' && wanted(policy));
  if (needsPath && !named((policy) => policy.class === 'artifact-path'))
    throw new DenialError(
      'invalid_field',
      'A path is required: listing the whole artifact store is not allowed.',
    );
  if (needs.size > 0 && !named((policy) => policy.class === 'reference' && needs.has(policy.kind)))
    throw new DenialError('invalid_field', unnamed);
}
