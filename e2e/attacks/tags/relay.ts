import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { listenOnLoopback } from '../../../dev/loopback.ts';

/**
 * A relay between the gateway and MLflow that records requests, and can act like a busy worker of MLflow: it accepts
 * a request at once and forwards it later, even if the caller has left.
 */
export interface Relay {
  /** `http://127.0.0.1:port`, for the gateway. */
  readonly address: string;
  /** Method and path of each request, lookups included. */
  readonly seen: string[];
  /** Holds matching requests until `go` is called; `count` is their number. */
  keep(match: (req: IncomingMessage) => boolean): { count(): number; go(): void };
  stop(): Promise<void>;
}

/** @param to MLflow's port, which need not be listening yet */
export async function startRelay(to: number): Promise<Relay> {
  const seen: string[] = [];
  const keepers = new Set<{ match: (req: IncomingMessage) => boolean; kept: (() => void)[] }>();
  const server = createServer((req, res) => {
    seen.push(`${req.method} ${req.url}`);
    const chunks: Buffer[] = [];
    // The whole request is read before it is forwarded: its caller can no longer cancel it.
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const pass = (): void => relay(to, req, Buffer.concat(chunks), res);
      const keeper = [...keepers].find(({ match }) => match(req));
      if (keeper === undefined) pass();
      else keeper.kept.push(pass);
    });
  });
  const { address, stop } = await listenOnLoopback(server);
  return {
    address,
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
    stop,
  };
}

function relay(port: number, req: IncomingMessage, body: Buffer, res: ServerResponse): void {
  const { method, url: path, headers } = req;
  const onward = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
    res.writeHead(answer.statusCode!, answer.rawHeaders);
    answer.pipe(res);
    // MLflow completes a request although its caller has left.
    res.on('close', () => answer.resume());
  });
  onward.on('error', () => res.destroy());
  onward.end(body);
}
