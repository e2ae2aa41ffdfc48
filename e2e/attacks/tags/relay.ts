import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A relay between the gateway and MLflow that says what passes, and can be what a busy worker of MLflow's is: it takes
 * a request at once and has it done later, whether or not anybody still waits for the answer.
 */
export interface Relay {
  /** `http://127.0.0.1:port`, for the gateway. */
  readonly address: string;
  /** Method and path of what has passed, look-ups and all. */
  readonly seen: string[];
  /** Keeps requests that match until it is told to let them go; returns how many are kept. */
  keep(match: (req: IncomingMessage) => boolean): { count(): number; go(): void };
  close(): void;
}

/** @param to MLflow's port, which need not be listening yet */
export async function startRelay(to: number): Promise<Relay> {
  const seen: string[] = [];
  const keepers = new Set<{ match: (req: IncomingMessage) => boolean; kept: (() => void)[] }>();
  const server = createServer((req, res) => {
    seen.push(`${req.method} ${req.url}`);
    const chunks: Buffer[] = [];
    // The whole request is here before any of it goes on: from then on its caller cannot take it back.
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const pass = (): void => relay(to, req, Buffer.concat(chunks), res);
      const keeper = [...keepers].find(({ match }) => match(req));
      if (keeper === undefined) pass();
      else keeper.kept.push(pass);
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    keep(match) {
      const keeper = { match, kept: [] as (() => void)[] };
      keepers.add(keeper);
      return {
        count: () => keeper.kept.length,
        go: () => {
          keepers.delete(keeper);
          for (const pass of keeper.kept.splice(0)) pass();
        },
      };
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function relay(port: number, req: IncomingMessage, body: Buffer, res: ServerResponse): void {
  const { method, url: path, headers } = req;
  const onward = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
    res.writeHead(answer.statusCode!, answer.rawHeaders);
    answer.pipe(res);
    // MLflow does not stop for a caller who has left.
    res.on('close', () => answer.resume());
  });
  onward.on('error', () => res.destroy());
  onward.end(body);
}
