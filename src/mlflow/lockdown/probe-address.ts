import http from 'node:http';
import https from 'node:https';
import { get } from './get.ts';

/** The result of a probe of an address and port. */
export type ProbeResult =
  /** A web server answers. */
  | 'answers'
  /** Nothing listens, or only a proxy without a server behind it (502, 503 or 504). */
  | 'silent'
  /** Something accepts connections and gives no usable response. */
  | 'unclear';

const TIMEOUT_MS = 2_000;

/**
 * Requests MLflow's health check at an address, by HTTP and, if the response is not HTTP, by HTTPS. Every response counts, except
 * a server error: an MLflow with a path prefix answers 404, one that checks hosts 403. A service mesh accepts every connection and
 * answers 503 if nothing listens.
 */
export async function probeAddress(address: string, port: number, path: string): Promise<ProbeResult> {
  const plain = await request(http, address, port, path);
  return plain === 'unclear' ? request(https, address, port, path) : plain;
}

function request(
  client: typeof http | typeof https,
  host: string,
  port: number,
  path: string,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const outgoing = get(client, host, port, path, TIMEOUT_MS);
    outgoing.on('response', (answer) => {
      resolve(answer.statusCode! < 500 ? 'answers' : 'silent');
      answer.destroy();
    });
    outgoing.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(NOT_LISTENING.has(code ?? '') ? 'silent' : 'unclear'),
    );
  });
}

const NOT_LISTENING = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EINVAL']);
