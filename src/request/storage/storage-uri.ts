import { PROXY_URL } from '../../catalog/proxy-roots.ts';
import { decodeName } from './artifact-path.ts';

/** URIs of storage that MLflow serves itself: the rest of them is a path that MLflow decodes. */
const DECODED = new RegExp(`^(runs:/[^/]+|mlflow-artifacts:(?://[^/]*)?|${PROXY_URL})/(.*)$`, 'su');

/**
 * Writes a storage URI in the form that is judged and sent. In `runs:/<id>/...` and in URIs of MLflow's artifact proxy, empty segments
 * and a trailing slash are removed, and `%xx` is written as MLflow reads it (see `canonicalArtifactPath`). In other storage, two slashes
 * differ from one.
 *
 * A URI that is read in two ways is returned unchanged: tenancy/storage-target.ts refuses it.
 *
 * @example
 * canonicalStorageUri('runs:/0123//my model/'); // 'runs:/0123/my model'
 */
export function canonicalStorageUri(uri: string): string {
  const [, head, rest] = DECODED.exec(uri) ?? [];
  if (head === undefined || rest === undefined) return uri;
  const path = decodeName(rest);
  if (path === undefined) return uri;
  const segments = path.split('/').filter((segment) => segment !== '');
  // A whole run has no slash; the root of a store is a slash.
  if (segments.length === 0) return head.startsWith('runs:') ? head : `${head}/`;
  return `${head}/${segments.join('/')}`;
}
