import { DenialError } from '../denial.ts';
import { checkFileName } from '../request/storage/artifact-path.ts';
import type { FieldUse } from '../request/types.ts';
import { checkFilterBounds } from './filter-bounds.ts';
import type { ReservedTags } from './reserved-tags.ts';

/**
 * Refuses values that no caller may send, under any strategy and whatever the owner. Artifact paths are checked when the request
 * is read (request/artifact-path.ts), and are in canonical form here.
 *
 * @throws DenialError `internal_field`, `reserved_tag`, `platform_admin_only`, `invalid_field` for a filter that costs MLflow too much, for
 *   a path without a file name at its end, and for `presigned` in a spelling that MLflow does not read
 * @example
 * for (const use of request.uses) checkValue(use, reservedTags, principal.platformAdmin);
 */
export function checkValue(use: FieldUse, reservedTags: ReservedTags, platformAdmin: boolean): void {
  switch (use.policy.class) {
    case 'internal':
      throw new DenialError('internal_field', `${use.at} is reserved for MLflow's own calls.`);
    case 'platform-admin':
      if (!platformAdmin && use.value !== '')
        throw new DenialError('platform_admin_only', `${use.at} needs the role platform-admin.`);
      break;
    case 'tag-key':
      reservedTags.check(use, platformAdmin);
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
    case 'presigned':
      checkPresigned(use.value, use.at);
      break;
    default:
      break;
  }
}

/** MLflow takes every spelling but `true` for a request for the file. */
function checkPresigned(value: string, at: string): void {
  if (value !== 'true' && value !== 'false')
    throw new DenialError('invalid_field', `${at} must be true or false, in this spelling.`);
}
