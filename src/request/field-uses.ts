import type { IndexedField } from './field-index.ts';
import { canonicalLocation } from './storage/canonical-location.ts';
import type { FieldUse } from './types.ts';

/**
 * Writes the text of a field in the form in which it is sent, and records that form.
 *
 * @throws DenialError `invalid_field` for a storage location that is read in two ways
 */
export function readString(given: string, field: IndexedField, at: string, uses: FieldUse[]): string {
  const value = canonicalLocation(given, field.policy, at);
  recordUse(value, field, at, uses);
  return value;
}

/** Records a value at a field that bears on tenancy. */
export function recordUse(value: string, field: IndexedField, at: string, uses: FieldUse[]): void {
  const policy = field.policy;
  if (policy !== undefined && policy.class !== 'opaque') uses.push({ policy, at, value });
}
