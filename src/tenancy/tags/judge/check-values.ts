import { DenialError } from '../../../denial.ts';
import type { FieldUse } from '../../../request/types.ts';
import type { Kinds } from '../../kinds.ts';
import type { ReservedTags } from '../../reserved-tags.ts';
import { checkValue } from '../../value-checks.ts';

/**
 * Looks at the values themselves: what has one spelling only, and what nobody may say, whoever owns what.
 *
 * @throws DenialError `invalid_field`, `internal_field`, `reserved_tag`, `tenant_not_granted`, and what a path is refused with
 * @example
 * checkForm(request.uses, kinds, reservedTags);
 */
export function checkForm(uses: readonly FieldUse[], kinds: Kinds, reservedTags: ReservedTags): void {
  for (const use of uses) {
    switch (use.policy.class) {
      case 'reference':
      case 'new-name':
        kinds.checkSpelling(use);
        break;
      case 'tenant':
        if (use.value !== '') {
          throw new DenialError(
            'tenant_not_granted',
            `${use.at} names a workspace, and MLflow has none here.`,
          );
        }
        break;
      default:
        checkValue(use, reservedTags);
        break;
    }
  }
}
