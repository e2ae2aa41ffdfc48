import type http from 'node:http';
import type https from 'node:https';

/**
 * Sends a GET request to an address of the pod, on a connection of its own. Certificates are not verified: the request holds nothing
 * secret, and the response is not trusted.
 */
export function get(
  client: typeof http | typeof https,
  host: string,
  port: number,
  path: string,
  timeoutMs: number,
): http.ClientRequest {
  return client.get({
    host,
    port,
    path,
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
    rejectUnauthorized: false,
  });
}
