import { PLACEHOLDER_SOURCES } from '../catalog/generated/catalog.ts';
import { PROXY_ROOTS, PROXY_URL } from '../catalog/proxy-roots.ts';
import { ENCODED, ENCODED_MORE } from '../request/percent.ts';

const PLACEHOLDERS = new Set(PLACEHOLDER_SOURCES);

/** What a storage URI in a request claims to point at. */
export type StorageTarget =
  /** Nothing: no value, or what MLflow's prompts carry as their source. */
  | { readonly target: 'none' }
  /** `runs:/<id>/...`, `models:/<name>/...`, `models:/m-<id>`. */
  | {
      readonly target: 'resource';
      readonly kind: 'run' | 'registered-model' | 'logged-model';
      readonly id: string;
    }
  /** A location of its own (`s3://...`, `mlflow-artifacts:/...`, a local path): must lie inside something owned. */
  | { readonly target: 'location' }
  /** Not to be read in one way. */
  | { readonly target: 'malformed' };

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const REFUSED = /^ | $|[\u0000-\u001f\u007f-\u009f\\?#]/;
const LOGGED_MODEL = /^m-[0-9a-f]{32}$/i;
const DOTS = /(?:^|\/)\.{1,2}(?:\/|$)/;

/**
 * Reads a storage URI in canonical form (http/storage-uri.ts). `?`, `#`, `\`, dot segments and `%xx` that stands for more
 * than a control character are refused: MLflow and storage clients read them differently (CVE-2024-1483, CVE-2024-3848). So is a
 * URL with two roots of the artifact proxy in it.
 *
 * @example
 * readStorageUri('models:/m-0123456789abcdef'); // { target: 'resource', kind: 'logged-model', id: 'm-0123456789abcdef' }
 */
export function readStorageUri(uri: string): StorageTarget {
  // Any other word is a path: MLflow before 3.10 let a prompt have the source `mlartifacts`, which is everybody's.
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
  // A registered model that is called like a logged model: which of the two is meant depends on MLflow's version.
  if (scheme === 'models' && rest.length > 0 && LOGGED_MODEL.test(first)) return { target: 'malformed' };
  if (scheme === 'runs') return { target: 'resource', kind: 'run', id: first };
  // `models:/m-<id>` is a logged model, `models:/<name>/<version>` and `models:/<name>@<alias>` a registered one.
  if (rest.length === 0 && !first.includes('@'))
    return { target: 'resource', kind: 'logged-model', id: first };
  return { target: 'resource', kind: 'registered-model', id: first.replace(/@[^@]*$/, '') };
}

/** Its rest is where MLflow looks, which looks for one of the proxy's roots anywhere in the path and ends at the next. */
function namesTwoRoots(uri: string): boolean {
  const proxied = PROXIED.exec(uri)?.[0];
  return proxied !== undefined && PROXY_ROOTS.some((root) => uri.includes(root, proxied.length));
}

const PROXIED = new RegExp(`^${PROXY_URL}(?=/|$)`);

/**
 * A location that MLflow serves by its artifact proxy, without the host that clients reach it at:
 * `mlflow-artifacts://host:port/1` and `http://host/api/2.0/mlflow-artifacts/artifacts/1` are `mlflow-artifacts:/1`
 * (`_get_proxied_run_artifact_destination_path` of mlflow/server/handlers.py). For locations that MLflow tells; of a URI in
 * a request it counts where it says that things are.
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
 * Whether a URI lies in a location that MLflow tells. MLflow's artifact proxy has one store, whatever host a location says to reach
 * it at. But a URI that names a host must name the location's own, since MLflow may go where it says; and below a location
 * that is another server's, a URL with the proxy's root in it would be a place of MLflow's.
 *
 * @param inside what counts as inside
 * @example
 * liesIn('mlflow-artifacts:/1/x', 'mlflow-artifacts://mlflow:5000/1'); // true
 */
export function liesIn(uri: string, location: string, inside: typeof isWithin = isWithin): boolean {
  if (PROXIED.test(uri) && !PROXIED.test(location)) return false;
  return inside(uri, location) || inside(uri, proxiedLocation(location));
}
