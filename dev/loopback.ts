import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const HOST = '127.0.0.1';

/** A server of this process on loopback. */
export interface Loopback {
  readonly port: number;
  /** `http://127.0.0.1:port`. */
  readonly address: string;
  /** Closes the server and every connection. */
  stop(): Promise<void>;
}

/**
 * Lets a server listen on a free loopback port.
 *
 * @throws {Error} when it cannot listen
 * @example
 * const { address, stop } = await listenOnLoopback(createServer(answer));
 */
export async function listenOnLoopback(server: HttpServer, port = 0): Promise<Loopback> {
  server.listen(port, HOST);
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    address: `http://${HOST}:${bound}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
