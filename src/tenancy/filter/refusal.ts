import { DenialError } from '../../denial.ts';

/**
 * A refusal with the position of the error and the expected syntax, but no text of the filter: clients may keep messages, and a
 * filter has tag values.
 */
export function refuseFilter(field: string, why: string): DenialError {
  return new DenialError(
    'invalid_field',
    `Invalid value for ${field}: ${why}. A filter is comparisons joined by AND, such as name LIKE 'a%' AND tags.stage = 'test'.`,
  );
}
