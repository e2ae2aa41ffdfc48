import type { FieldClass } from '../../catalog/types.ts';
import { canonicalArtifactPath } from './artifact-path.ts';
import { canonicalStorageUri } from './storage-uri.ts';

/**
 * Writes a storage location in the form that is judged and sent; returns any other text unchanged.
 *
 * @throws DenialError `invalid_field` for a path that is read in two ways
 * @example
 * canonicalLocation('./model', { class: 'artifact-path', root: 'resource' }, 'path'); // 'model'
 */
export function canonicalLocation(value: string, policy: FieldClass | undefined, at: string): string {
  if (policy?.class === 'artifact-path') return canonicalArtifactPath(value, at);
  if (policy?.class === 'storage-uri') return canonicalStorageUri(value);
  return value;
}
