import type { ClusterKeys } from '../issuer/issuer-keys.ts';
import { type Fetch, fetchJson } from '../provider-fetch.ts';
import { createRemoteKeys, type KeyLog, type RemoteKeysOptions } from '../remote-jwks.ts';
import type { ApiServer } from './api-server.ts';
import { apiServerFetch } from './api-server-fetch.ts';

/** Options of {@link createClusterKeys}. */
export interface ClusterKeysOptions
  extends Pick<
    RemoteKeysOptions,
    | 'algorithms'
    | 'refreshSeconds'
    | 'cooldownSeconds'
    | 'maxStaleSeconds'
    | 'backoffSeconds'
    | 'timeoutSeconds'
  > {
  /** The issuer's name. `undefined`: the cluster names it. */
  readonly issuer: string | undefined;
  readonly log?: KeyLog | undefined;
  readonly onFetch?: ((ok: boolean) => void) | undefined;
  readonly server: ApiServer;
  /** For tests. */
  readonly fetch?: Fetch | undefined;
  /** For tests: a monotonic clock in milliseconds. */
  readonly monotonic?: (() => number) | undefined;
}

/** Paths of the API server: service account issuer discovery. */
const CONFIGURATION = '/.well-known/openid-configuration';
const KEYS = '/openid/v1/jwks';

/**
 * Reads the keys from the API server of the gateway's own cluster, with the bounds, back-off and refreshes of {@link createRemoteKeys}.
 *
 * The keys always come from the API server's own path. The `jwks_uri` of its document is not used: it may be the address of
 * a node, or an address outside the cluster that a pod does not reach or that needs no authority of the cluster.
 *
 * The cluster may name another issuer later (`--service-account-issuer`). The gateway then accepts tokens of the new name only, and
 * the generation changes.
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
 * @example
 * const keys = createClusterKeys({ issuer: undefined, algorithms: ['RS256'], server: findApiServer(process.env)! });
 * keys.issuer(); // later 'https://kubernetes.default.svc.cluster.local'
 */
export function createClusterKeys(options: ClusterKeysOptions): ClusterKeys {
  const { issuer: configured, server, ...more } = options;
  const log = options.log && ofCluster(options.log);
  let issuer = configured;
  let renamed = 0;
  const keys = createRemoteKeys({
    ...more,
    issuer: configured ?? server.url,
    fetch: options.fetch ?? apiServerFetch(server),
    log,
    locate: async (request) => {
      if (configured === undefined) {
        const named = issuerOf(await fetchJson(server.url + CONFIGURATION, request), server);
        if (named !== issuer) {
          log?.info(`names its issuer ${named}`);
          issuer = named;
          renamed++;
        }
      }
      return server.url + KEYS;
    },
  });
  return {
    find: keys.find,
    ready: () => keys.ready(),
    close: () => keys.close(),
    issuer: () => issuer,
    generation: () => keys.generation() + renamed,
  };
}

/** Lines of several issuers are in one log. */
function ofCluster(log: KeyLog): KeyLog {
  return {
    info: (message) => log.info(`the cluster: ${message}`),
    warn: (message) => log.warn(`the cluster: ${message}`),
  };
}

/** The longest name that is accepted. */
const MAX_NAME = 2_000;

function issuerOf(document: unknown, server: ApiServer): string {
  const { issuer } = (document ?? {}) as { readonly issuer?: unknown };
  // Printable ASCII without blanks, as in the configuration.
  if (typeof issuer !== 'string' || issuer.length > MAX_NAME || !/^[\x21-\x7e]+$/.test(issuer))
    throw new Error(`${server.url}${CONFIGURATION}: names no usable issuer`);
  return issuer;
}
