import { PROXY_URL } from '../../catalog/proxy-roots.ts';
import { decodeName } from './artifact-path.ts';

/** What MLflow serves itself, wherever it says that is: the rest of it is a path that MLflow decodes. */
const DECODED = new RegExp(`^(runs:/[^/]+|mlflow-artifacts:(?://[^/]*)?|${PROXY_URL})/(.*)$`, 'su');

/**
 * Writes a storage URI in the one form that is judged and sent. In the path of `runs:/<id>/...` and of what MLflow serves
 * by its artifact proxy, empty segments and a slash at the end are left out, and `%xx` is written as MLflow reads it (see
 * `canonicalArtifactPath`). In other storage two slashes are not one.
 *
 * What has no single reading is returned as it is: tenancy/storage-uri.ts refuses it.
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
  // The whole of a run has no slash; the root of a store is one.
  if (segments.length === 0) return head.startsWith('runs:') ? head : `${head}/`;
  return `${head}/${segments.join('/')}`;
}
