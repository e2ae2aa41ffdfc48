import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request of a browser, and what it was answered. */
export interface Exchange {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly asked: string;
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/**
 * What stands before the gateway for one browser: it adds the token, as oauth2-proxy does once somebody has signed in, and
 * keeps all that passes. (Playwright can add headers too, but not to what a worker asks for, and keeps no bodies of
 * downloads.)
 */
export interface Door {
  /** `http://127.0.0.1:port`, which the browser takes for MLflow's. */
  readonly address: string;
  readonly exchanges: readonly Exchange[];
  /** How many requests wait for their answer. */
  pending(): number;
  stop(): Promise<void>;
}

/**
 * Opens one.
 *
 * @param gateway `http://127.0.0.1:port`
 * @param headers added to every request, in place of the browser's own of these names
 * @example
 * const door = await openDoor(stack.gateway.address, { authorization: `Bearer ${token}` });
 */
export async function openDoor(gateway: string, headers: Readonly<Record<string, string>>): Promise<Door> {
  const { hostname, port } = new URL(gateway);
  const agent = new Agent({ keepAlive: true });
  const exchanges: Exchange[] = [];
  let pending = 0;

  const pass = (req: IncomingMessage, asked: Buffer, res: ServerResponse): void => {
    const { method = '', url: path = '' } = req;
    const sent = { ...req.headers, ...headers };
    // What is kept can be read then.
    delete sent['accept-encoding'];
    const onward = request({ hostname, port, method, path, headers: sent, agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () => {
        const { statusCode: status = 0 } = answer;
        const type = answer.headers['content-type'] ?? '';
        exchanges.push({
          method,
          path,
          asked: asked.toString('utf8'),
          status,
          type,
          body: Buffer.concat(chunks),
        });
      });
      res.writeHead(answer.statusCode!, answer.rawHeaders);
      answer.pipe(res);
    });
    onward.once('error', () => res.destroy());
    res.once('close', () => onward.destroy());
    onward.end(asked);
  };

  const server = createServer((req, res) => {
    pending++;
    res.once('close', () => pending--);
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.once('end', () => pass(req, Buffer.concat(chunks), res));
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
