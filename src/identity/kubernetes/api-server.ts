import { existsSync } from 'node:fs';

/** The API server of the pod's own cluster, and the files that prove both sides to each other. */
export interface ApiServer {
  /** As in `https://10.96.0.1:443`. */
  readonly url: string;
  /** The pod's own token. The kubelet replaces the file before the token expires. */
  readonly tokenFile: string;
  /** The authorities that may sign the API server's certificate. The kubelet replaces the file when they change. */
  readonly caFile: string;
}

/** Where the chart mounts a token of the gateway's own (`clusterKeys.enabled`); the image may read nothing else. */
export const OWN_MOUNT = '/etc/mlflow-gateway/kubernetes';

/** Where Kubernetes mounts a token, in a pod with `automountServiceAccountToken`. */
const USUAL_MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Finds the API server of the cluster in which this process runs: its address in the variables that Kubernetes gives every
 * container, the files in {@link OWN_MOUNT}, or in Kubernetes' usual directory if there is no such mount.
 *
 * @param directory for tests: the directory of `token` and `ca.crt`
 * @returns `undefined` when the variables have no address, as outside a cluster
 * @see https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 * @example
 * findApiServer(process.env)?.url; // 'https://10.96.0.1:443'
 */
export function findApiServer(
  env: Readonly<Record<string, string | undefined>>,
  directory?: string,
): ApiServer | undefined {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = env;
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (host === '' || !URL.canParse(url)) return undefined;
  const mount = directory ?? (isReadable(OWN_MOUNT) ? OWN_MOUNT : USUAL_MOUNT);
  return { url, tokenFile: `${mount}/token`, caFile: `${mount}/ca.crt` };
}

/** Node's permission model throws for a path outside of those that are allowed. */
function isReadable(path: string): boolean {
  try {
    return existsSync(path);
  } catch {
    return false;
  }
}
