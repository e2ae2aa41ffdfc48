import { DenialError } from '../../../denial.ts';
import type { FieldUse } from '../../../request/types.ts';
import type { Kinds } from '../../kinds.ts';
import type { ReservedTags } from '../../reserved-tags.ts';
import { checkValue } from '../../value-checks.ts';

/**
 * Checks the values themselves: ids must have their one spelling, and some values no caller may send, whatever the owner.
 *
 * @throws DenialError `invalid_field`, `internal_field`, `reserved_tag`, `platform_admin_only`, `tenant_not_granted`, and what a path is refused with
 * @example
 * checkValues(request.uses, kinds, reservedTags, principal.platformAdmin);
 */
export function checkValues(
  uses: readonly FieldUse[],
  kinds: Kinds,
  reservedTags: ReservedTags,
  platformAdmin: boolean,
): void {
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
            `${use.at} names a workspace, but this MLflow has no workspaces.`,
          );
        }
        break;
      default:
        checkValue(use, reservedTags, platformAdmin);
        break;
    }
  }
}
