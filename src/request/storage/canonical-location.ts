import type { FieldClass } from '../../catalog/types.ts';
import { canonicalArtifactPath } from './artifact-path.ts';
import { canonicalStorageUri } from './storage-uri.ts';

/**
 * Text that says where bytes are, as it is judged and sent; any other text as it is.
 *
 * @throws DenialError `invalid_field` for a path with a second reading
 * @example
 * canonicalPlace('./model', { class: 'artifact-path', root: 'resource' }, 'path'); // 'model'
 */
export function canonicalPlace(value: string, policy: FieldClass | undefined, at: string): string {
  if (policy?.class === 'artifact-path') return canonicalArtifactPath(value, at);
  if (policy?.class === 'storage-uri') return canonicalStorageUri(value);
  return value;
}
