import { OPERATIONS } from '../catalog/generated/catalog.ts';
import { CatalogIndex } from '../catalog/match.ts';
import { publicPrefix } from './path-prefix.ts';
import type { Settings } from './settings.ts';
import { portNumber, type Target } from './target.ts';

const catalog = new CatalogIndex(OPERATIONS);
const KINDS = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;

/** A probe of MLflow's that goes to the gateway's port over HTTP. */
export interface HttpProbe {
  readonly kind: (typeof KINDS)[number];
  readonly path: string;
  readonly https: boolean;
  /** The path to ask instead; the same where the gateway answers it to everybody, `undefined` where there is none. */
  readonly open: string | undefined;
}

/**
 * The probes that the gateway will answer. A chart writes a probe of `/health` whatever the prefix, or below MLflow's prefix where the
 * gateway has another: such a path is moved to where the gateway answers it.
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

/** Paths that the gateway answers to anybody: its own probes, and below its prefix what the catalog calls public. */
function isOpen(path: string, prefix: string): boolean {
  const plain = path.split('?', 1)[0]!;
  if (plain === '/healthz' || plain === '/readyz') return true;
  return (
    plain.startsWith(`${prefix}/`) &&
    catalog.find('GET', plain.slice(prefix.length)).operation?.public === true
  );
}
