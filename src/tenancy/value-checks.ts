import { DenialError } from '../denial.ts';
import { checkFileName } from '../request/storage/artifact-path.ts';
import type { FieldUse } from '../request/types.ts';
import { checkFilterBounds } from './filter-bounds.ts';
import type { ReservedTags } from './reserved-tags.ts';

/**
 * Refuses values that no caller may send, under any strategy and whatever the owner. Artifact paths are checked when the request
 * is read (request/artifact-path.ts), and are in canonical form here.
 *
 * @throws DenialError `internal_field`, `reserved_tag`, `invalid_field` for a filter that costs MLflow too much, and for a path
 *   without a file name at its end
 * @example
 * for (const use of request.uses) checkValue(use, reservedTags);
 */
export function checkValue(use: FieldUse, reservedTags: ReservedTags): void {
  switch (use.policy.class) {
    case 'internal':
      throw new DenialError('internal_field', `${use.at} is reserved for MLflow's own calls.`);
    case 'tag-key':
      reservedTags.check(use);
      break;
    case 'file-name':
      checkFileName(use.value, use.at);
      break;
    case 'status':
      if (use.value === 'deleted')
        throw new DenialError('invalid_field', `${use.at} cannot be "deleted": delete the version instead.`);
      break;
    case 'filter':
      checkFilterBounds(use.value, use.at);
      break;
    default:
      break;
  }
}
