import { OPERATIONS } from '../catalog/generated/catalog.ts';
import { CatalogIndex } from '../catalog/match.ts';
import { publicPrefix } from './path-prefix.ts';
import type { Settings } from './settings.ts';
import { portNumber, type Target } from './target.ts';

const catalog = new CatalogIndex(OPERATIONS);
const KINDS = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;

/** A probe of MLflow's container that reaches the gateway's port over HTTP. */
export interface HttpProbe {
  readonly kind: (typeof KINDS)[number];
  readonly path: string;
  readonly https: boolean;
  /** The path that the gateway answers without a token; `undefined` if there is none. */
  readonly open: string | undefined;
}

/**
 * Lists the probes that the gateway will answer. A chart may write a probe of `/health` without the prefix, or below MLflow's prefix if
 * the gateway has another: the webhook moves such a path to the gateway's prefix.
 */
export function httpProbes({ container, port, staticPrefix }: Target, settings: Settings): HttpProbe[] {
  const prefix = publicPrefix(settings, staticPrefix);
  return KINDS.flatMap((kind) => {
    const get = container[kind]?.httpGet;
    if (get === undefined || portNumber(container, get.port) !== port) return [];
    const { path = '/', scheme } = get;
    const below = staticPrefix !== undefined && path.startsWith(`${staticPrefix}/`);
    const bare = below ? path.slice(staticPrefix.length) : path;
    const open = [path, `${prefix}${path}`, `${prefix}${bare}`].find((one) => isOpen(one, prefix));
    return [{ kind, path, https: scheme === 'HTTPS', open }];
  });
}

/** Whether the gateway answers a path without a token: its own probes, and public operations of the catalog. */
function isOpen(path: string, prefix: string): boolean {
  const [plain = ''] = path.split('?', 1);
  if (plain === '/healthz' || plain === '/readyz') return true;
  return (
    plain.startsWith(`${prefix}/`) &&
    catalog.find('GET', plain.slice(prefix.length)).operation?.public === true
  );
}
