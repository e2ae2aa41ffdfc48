import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/api/2.0/mlflow-artifacts/artifacts';

/** An artifact store that can be far away. */
export interface SlowStore {
  /** For MLflow's `--artifacts-destination`. */
  readonly destination: string;
  /** How long each answer takes from now on; 0 at first. */
  delayMs: number;
  /** Requests that wait at this moment. */
  waiting(): number;
  stop(): Promise<void>;
}

/**
 * Starts an artifact store on loopback that MLflow's own `HttpArtifactRepository` reads and writes, and that takes its time.
 *
 * @example
 * const store = await startSlowStore();
 * await startMlflow({ dir, artifactsDestination: store.destination });
 * store.delayMs = 5_000;
 */
export async function startSlowStore(): Promise<SlowStore> {
  const files = new Map<string, Buffer>();
  const stopped = new AbortController();
  let waiting = 0;
  const server = createServer((req, res) => {
    waiting++;
    sleep(store.delayMs, undefined, { signal: stopped.signal })
      .then(() => serve(files, req, res))
      .catch(() => res.destroy())
      .finally(() => waiting--);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const store: SlowStore = {
    destination: `http://127.0.0.1:${(server.address() as AddressInfo).port}${ROOT}`,
    delayMs: 0,
    waiting: () => waiting,
    stop: async () => {
      stopped.abort();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return store;
}

async function serve(files: Map<string, Buffer>, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(req.url!, 'http://store');
  const path = decodeURIComponent(pathname.slice(ROOT.length + 1));
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  if (req.method === 'PUT') files.set(path, Buffer.concat(chunks));
  if (req.method === 'DELETE') files.delete(path);
  const listed = searchParams.get('path');
  if (req.method !== 'GET') res.end('{}');
  else if (listed !== null) res.setHeader('content-type', 'application/json').end(list(files, listed));
  else if (files.has(path)) res.end(files.get(path));
  else res.writeHead(404).end();
}

function list(files: Map<string, Buffer>, folder: string): string {
  const found = new Map<string, { path: string; is_dir: boolean; file_size?: number }>();
  for (const [path, { length }] of files) {
    if (!path.startsWith(`${folder}/`)) continue;
    const [name, ...rest] = path.slice(folder.length + 1).split('/');
    const is_dir = rest.length > 0;
    found.set(name!, { path: name!, is_dir, ...(is_dir ? {} : { file_size: length }) });
  }
  return JSON.stringify({ files: [...found.values()] });
}
