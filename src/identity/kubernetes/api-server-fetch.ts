import type { IncomingMessage } from 'node:http';
import { request as overHttps } from 'node:https';
import { Readable } from 'node:stream';
import { readFileBounded } from '../../files/read-file.ts';
import { LIMITS } from '../../limits.ts';
import type { Fetch } from '../provider-fetch.ts';
import { type ApiServer, OWN_MOUNT } from './api-server.ts';

/** The ClusterRole that lets a service account read the issuer's name and keys, and nothing else. */
const DISCOVERY_ROLE = 'system:service-account-issuer-discovery';

/**
 * Sends GET requests to the API server, as the pod's service account. It reads the token and the authorities again for each request,
 * since the kubelet replaces both. It trusts the cluster's authorities only, keeps no connection and uses no proxy.
 *
 * @returns a `fetch` that rejects a response that says that a right is missing, with the name of the right
 * @example
 * await fetchJson(`${server.url}/openid/v1/jwks`, { fetch: apiServerFetch(server), timeoutMs: 5000 });
 */
export function apiServerFetch(server: ApiServer): Fetch {
  return async (url, { headers, signal }) => {
    // The token must not be sent elsewhere.
    if (new URL(url).origin !== new URL(server.url).origin)
      throw new Error('is not an address of the API server');
    const [token, ca] = await Promise.all([readFile(server.tokenFile), readFile(server.caFile)]);
    const message = await get(url, {
      headers: { ...(headers as Record<string, string>), authorization: `Bearer ${token.trim()}` },
      ca,
      signal: signal ?? undefined,
    });
    const status = message.statusCode ?? 0;
    const problem = PROBLEMS[status];
    if (problem !== undefined) {
      message.destroy();
      throw new Error(`answered ${status}: ${problem(server)}`);
    }
    return new Response(Readable.toWeb(message) as ReadableStream, { status });
  };
}

const PROBLEMS: Readonly<Record<number, (server: ApiServer) => string>> = {
  401: ({ tokenFile }) =>
    `the API server does not accept the gateway's own token. ${tokenFile} must have a token for the API server of this cluster`,
  403: () =>
    `the gateway's service account may not read it. Bind the ClusterRole ${DISCOVERY_ROLE} to the account (in the chart: clusterKeys.enabled)`,
  404: () => 'the API server publishes no issuer. Its --service-account-issuer must be an https URL',
};

interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly ca: string;
  readonly signal: AbortSignal | undefined;
}

function get(url: string, options: GetOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // The cause has a code; its message would name options of Node.
    const failed = (cause: Error): void => reject(new Error('failed', { cause }));
    overHttps(url, { ...options, agent: false }, resolve)
      .on('error', failed)
      .end();
  });
}

async function readFile(path: string): Promise<string> {
  try {
    return await readFileBounded(path, LIMITS.serviceAccountFile.value);
  } catch (error) {
    throw new Error(
      `${path} cannot be read: ${(error as Error).message}. The pod needs a projected volume at ${OWN_MOUNT} with a token for the API server and its ca.crt (in the chart: clusterKeys.enabled)`,
    );
  }
}
