import http from 'node:http';
import https from 'node:https';

/** How an address and port behaved. */
export type Answering =
  /** A web server answers there. */
  | 'answers'
  /** Nothing listens, or only a proxy with nothing behind it (its 502, 503 or 504). */
  | 'silent'
  /** Something takes connections and says nothing that tells what it is. */
  | 'unclear';

const TIMEOUT_MS = 2_000;

/**
 * Asks for MLflow's health check at an address, over HTTP and, when that is not what is spoken there, over HTTPS.
 * Any answer counts but those of a server error: an MLflow with a path prefix says 404, one that checks hosts 403.
 * A service mesh takes every connection, and answers 503 where nothing listens.
 */
export async function askAt(address: string, port: number, path: string): Promise<Answering> {
  const plain = await request(http, address, port, path);
  return plain === 'unclear' ? request(https, address, port, path) : plain;
}

function request(
  client: typeof http | typeof https,
  host: string,
  port: number,
  path: string,
): Promise<Answering> {
  return new Promise((resolve) => {
    const asked = client.get({
      host,
      port,
      path,
      agent: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      // Who it is does not matter here, only that it is there; nothing is believed of what it says.
      rejectUnauthorized: false,
    });
    asked.on('response', (answer) => {
      resolve(answer.statusCode! < 500 ? 'answers' : 'silent');
      answer.destroy();
    });
    asked.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(NOBODY.has(code ?? '') ? 'silent' : 'unclear'),
    );
  });
}

const NOBODY = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EINVAL']);
