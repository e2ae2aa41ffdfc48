import { PLACEHOLDER_SOURCES } from '../catalog/generated/catalog.ts';
import { PROXY_ROOTS, PROXY_URL } from '../catalog/proxy-roots.ts';
import { ENCODED, ENCODED_MORE } from '../request/percent.ts';

const PLACEHOLDERS = new Set(PLACEHOLDER_SOURCES);

/** The target of a storage URI in a request. */
export type StorageTarget =
  /** Nothing: no value, or a placeholder that MLflow's prompts have as their source. */
  | { readonly target: 'none' }
  /** `runs:/<id>/...`, `models:/<name>/...`, `models:/m-<id>`. */
  | {
      readonly target: 'resource';
      readonly kind: 'run' | 'registered-model' | 'logged-model';
      readonly id: string;
    }
  /** A location (`s3://...`, `mlflow-artifacts:/...`, a local path): must lie in the artifacts of an owned resource. */
  | { readonly target: 'location' }
  /** Has more than one reading. */
  | { readonly target: 'malformed' };

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are refused
const REFUSED = /^ | $|[\u0000-\u001f\u007f-\u009f\\?#]/;
const LOGGED_MODEL = /^m-[0-9a-f]{32}$/i;
const DOTS = /(?:^|\/)\.{1,2}(?:\/|$)/;

/**
 * Reads a storage URI in canonical form (request/storage-uri.ts). `?`, `#`, `\`, dot segments and `%xx` for more than a control
 * character are refused: MLflow and storage clients read them differently (CVE-2024-1483, CVE-2024-3848). So is a URL with two
 * roots of the artifact proxy in it.
 *
 * @example
 * readStorageUri('models:/m-0123456789abcdef'); // { target: 'resource', kind: 'logged-model', id: 'm-0123456789abcdef' }
 */
export function readStorageUri(uri: string): StorageTarget {
  // Any other word is a path: MLflow before 3.10 let a prompt have the source `mlartifacts`, which all tenants share.
  if (uri === '' || PLACEHOLDERS.has(uri)) return { target: 'none' };
  if (REFUSED.test(uri) || DOTS.test(uri) || ENCODED_MORE.test(uri) || namesTwoRoots(uri))
    return { target: 'malformed' };
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase();
  if (scheme !== 'runs' && scheme !== 'models') return { target: 'location' };
  const [first, ...rest] = uri
    .slice(scheme.length + 1)
    .replace(/^\//, '')
    .split('/');
  if (!first || ENCODED.test(first) || rest.includes('')) return { target: 'malformed' };
  // A registered model with the name of a logged model: MLflow's version decides which of the two it means.
  if (scheme === 'models' && rest.length > 0 && LOGGED_MODEL.test(first)) return { target: 'malformed' };
  if (scheme === 'runs') return { target: 'resource', kind: 'run', id: first };
  // `models:/m-<id>` is a logged model, `models:/<name>/<version>` and `models:/<name>@<alias>` a registered one.
  if (rest.length === 0 && !first.includes('@'))
    return { target: 'resource', kind: 'logged-model', id: first };
  return { target: 'resource', kind: 'registered-model', id: first.replace(/@[^@]*$/, '') };
}

/** MLflow looks for one of the proxy's roots anywhere in the path, and reads up to the next one. */
function namesTwoRoots(uri: string): boolean {
  const proxied = PROXIED.exec(uri)?.[0];
  return proxied !== undefined && PROXY_ROOTS.some((root) => uri.includes(root, proxied.length));
}

const PROXIED = new RegExp(`^${PROXY_URL}(?=/|$)`);

/**
 * A location that MLflow serves by its artifact proxy, without the host that clients use:
 * `mlflow-artifacts://host:port/1` and `http://host/api/2.0/mlflow-artifacts/artifacts/1` are `mlflow-artifacts:/1`
 * (`_get_proxied_run_artifact_destination_path` of mlflow/server/handlers.py). Only for locations in MLflow's responses: in a
 * URI of a request the host counts.
 *
 * @example
 * proxiedLocation('http://mlflow:5000/api/2.0/mlflow-artifacts/artifacts/1'); // 'mlflow-artifacts:/1'
 */
export function proxiedLocation(location: string): string {
  return location
    .replace(PROXIED, 'mlflow-artifacts:')
    .replace(/^mlflow-artifacts:\/\/[^/]*/, 'mlflow-artifacts:');
}

/**
 * True when `uri` is `root` or lies below it. Both must already be free of dot segments and encodings.
 *
 * @example
 * isWithin('s3://bucket/1/run/artifacts/model', 's3://bucket/1/run/artifacts'); // true
 */
export function isWithin(uri: string, root: string): boolean {
  const base = root.endsWith('/') ? root : `${root}/`;
  return uri === root || uri.startsWith(base);
}

/**
 * True when `uri` lies below `root`, and is not `root` itself.
 *
 * @example
 * isBelow('mlflow-artifacts:/1', 'mlflow-artifacts:/1'); // false
 */
export function isBelow(uri: string, root: string): boolean {
  return isWithin(uri, root) && uri.length > root.replace(/\/$/, '').length;
}

/**
 * Whether a URI lies in a location from a response of MLflow. MLflow's artifact proxy has one store, whatever host a location
 * names. A URI that names a host must name the location's own, because MLflow may go there; and below a location on another
 * server, a URL with the proxy's root in it would be a place of MLflow.
 *
 * @param inside the comparison of two URIs
 * @example
 * liesIn('mlflow-artifacts:/1/x', 'mlflow-artifacts://mlflow:5000/1'); // true
 */
export function liesIn(uri: string, location: string, inside: typeof isWithin = isWithin): boolean {
  if (PROXIED.test(uri) && !PROXIED.test(location)) return false;
  return inside(uri, location) || inside(uri, proxiedLocation(location));
}
