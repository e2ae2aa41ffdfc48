import { DenialError } from '../../denial.ts';

/**
 * A refusal that says where and what would be right, without a word of the filter itself: messages may be kept by
 * clients, and a filter holds tag values.
 */
export function refuseFilter(field: string, why: string): DenialError {
  return new DenialError(
    'invalid_field',
    `Invalid value for ${field}: ${why}. A filter is comparisons joined by AND, such as name LIKE 'a%' AND tags.stage = 'test'.`,
  );
}
