import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request of a browser and its response. */
export interface Exchange {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly requestBody: string;
  readonly status: number;
  readonly body: string;
}

/**
 * A proxy in front of the gateway for one browser. It adds the token, as oauth2-proxy does after sign-in, and records every
 * exchange. (Playwright can add headers too, but not to the requests of a worker, and keeps no bodies of downloads.)
 */
export interface RecordingProxy {
  /** `http://127.0.0.1:port`: MLflow's address, as the browser sees it. */
  readonly address: string;
  readonly exchanges: readonly Exchange[];
  /** The number of requests without a response yet. */
  pending(): number;
  stop(): Promise<void>;
}

/**
 * Starts a recording proxy on a free port.
 *
 * @param gateway `http://127.0.0.1:port`
 * @param headers added to every request; they replace the browser's headers of the same names
 * @example
 * const proxy = await startRecordingProxy(stack.gateway.address, { authorization: `Bearer ${token}` });
 */
export async function startRecordingProxy(
  gateway: string,
  headers: Readonly<Record<string, string>>,
): Promise<RecordingProxy> {
  const { hostname, port } = new URL(gateway);
  const agent = new Agent({ keepAlive: true });
  const exchanges: Exchange[] = [];
  let pending = 0;

  const forward = (req: IncomingMessage, body: Buffer, res: ServerResponse): void => {
    const { method = '', url: path = '' } = req;
    const sent = { ...req.headers, ...headers };
    // Recorded bodies must be readable.
    delete sent['accept-encoding'];
    const upstream = request({ hostname, port, method, path, headers: sent, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const { statusCode: status = 0 } = response;
        exchanges.push({
          method,
          path,
          requestBody: body.toString('utf8'),
          status,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
      res.writeHead(response.statusCode!, response.rawHeaders);
      response.pipe(res);
    });
    upstream.once('error', () => res.destroy());
    res.once('close', () => upstream.destroy());
    upstream.end(body);
  };

  const server = createServer((req, res) => {
    pending++;
    res.once('close', () => pending--);
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.once('end', () => forward(req, Buffer.concat(chunks), res));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    pending: () => pending,
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
