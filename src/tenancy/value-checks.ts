import { DenialError } from '../denial.ts';
import { checkFileName } from '../request/storage/artifact-path.ts';
import type { FieldUse } from '../request/types.ts';
import { checkFilterBounds } from './filter-bounds.ts';
import type { ReservedTags } from './reserved-tags.ts';

/**
 * Looks at a value itself: what nobody may say, under any strategy and whoever owns what. An artifact path is judged where it
 * is read (http/places.ts): here it is in canonical form.
 *
 * @throws DenialError `internal_field`, `reserved_tag`, `invalid_field` for a filter that costs MLflow too much or a path that
 *   ends in no name of a file
 * @example
 * for (const use of request.uses) checkValue(use, reservedTags);
 */
export function checkValue(use: FieldUse, reservedTags: ReservedTags): void {
  switch (use.policy.class) {
    case 'internal':
      throw new DenialError('internal_field', `${use.at} is for MLflow's own calls only.`);
    case 'tag-key':
      reservedTags.check(use);
      break;
    case 'file-name':
      checkFileName(use.value, use.at);
      break;
    case 'filter':
      checkFilterBounds(use.value, use.at);
      break;
    default:
      break;
  }
}
