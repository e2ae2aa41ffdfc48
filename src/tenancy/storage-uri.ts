import { OPERATIONS, PLACEHOLDER_SOURCES } from '../catalog/generated/catalog.ts';

/** Below which MLflow's artifact proxy serves: the paths of whatever takes a path in the whole store, and nothing else. */
const PROXY_ROOTS = [
  ...new Set(
    OPERATIONS.filter(
      ({ path, body }) =>
        body === 'stream' &&
        path.length === 1 &&
        path[0]!.policy.class === 'artifact-path' &&
        path[0]!.policy.root === 'server',
    ).flatMap(({ path, paths }) => paths.map((template) => template.slice(0, -`/{${path[0]!.name}}`.length))),
  ),
].map((root) => root.replaceAll('.', '\\.'));

const PLACEHOLDERS = new Set(PLACEHOLDER_SOURCES);

/** What a storage URI in a request claims to point at. */
export type StorageClaim =
  /** Nothing: no value, or what MLflow's prompts carry as their source. */
  | { readonly claim: 'none' }
  /** `runs:/<id>/...`, `models:/<name>/...`, `models:/m-<id>`. */
  | {
      readonly claim: 'resource';
      readonly kind: 'run' | 'registered-model' | 'logged-model';
      readonly id: string;
    }
  /** A location of its own (`s3://...`, `mlflow-artifacts:/...`, a local path): must lie inside something owned. */
  | { readonly claim: 'location' }
  /** Not to be read in one way. */
  | { readonly claim: 'malformed' };

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const REFUSED = /^ | $|[\u0000-\u001f\u007f-\u009f\\?#]/;
/** What `canonicalStorageUri` leaves where decoding would bring more than a control character. */
const DECODES = /%(?:0[09ad]|[2-6][0-9a-f]|7[0-9a-e]|[89a-f][0-9a-f])/i;
const ENCODED = /%[0-9a-f]{2}/i;
const LOGGED_MODEL = /^m-[0-9a-f]{32}$/i;
const DOTS = /(?:^|\/)\.{1,2}(?:\/|$)/;

/**
 * Reads a storage URI in canonical form (http/storage-uri.ts). `?`, `#`, `\`, dot segments and `%xx` that stands for more
 * than a control character are refused: MLflow and storage clients read them differently (CVE-2024-1483, CVE-2024-3848).
 *
 * @example
 * readStorageUri('models:/m-0123456789abcdef'); // { claim: 'resource', kind: 'logged-model', id: 'm-0123456789abcdef' }
 */
export function readStorageUri(uri: string): StorageClaim {
  // Any other word is a path: MLflow before 3.10 let a prompt have the source `mlartifacts`, which is everybody's.
  if (uri === '' || PLACEHOLDERS.has(uri)) return { claim: 'none' };
  if (REFUSED.test(uri) || DOTS.test(uri) || DECODES.test(uri)) return { claim: 'malformed' };
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase();
  if (scheme !== 'runs' && scheme !== 'models') return { claim: 'location' };
  const [first, ...rest] = uri
    .slice(scheme.length + 1)
    .replace(/^\//, '')
    .split('/');
  if (!first || ENCODED.test(first) || rest.includes('')) return { claim: 'malformed' };
  // A registered model that is called like a logged model: which of the two is meant depends on MLflow's version.
  if (scheme === 'models' && rest.length > 0 && LOGGED_MODEL.test(first)) return { claim: 'malformed' };
  if (scheme === 'runs') return { claim: 'resource', kind: 'run', id: first };
  // `models:/m-<id>` is a logged model, `models:/<name>/<version>` and `models:/<name>@<alias>` a registered one.
  if (rest.length === 0 && !first.includes('@'))
    return { claim: 'resource', kind: 'logged-model', id: first };
  return { claim: 'resource', kind: 'registered-model', id: first.replace(/@[^@]*$/, '') };
}

const PROXIED = new RegExp(`^https?://[^/]+(?:/[^/]+)*?(?:${PROXY_ROOTS.join('|')})(?=/|$)`);

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
