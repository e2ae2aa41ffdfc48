import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenOnLoopback } from '../../dev/loopback.ts';

const ROOT = '/api/2.0/mlflow-artifacts/artifacts';

/** An artifact store with a delay. */
export interface SlowStore {
  /** For MLflow's `--artifacts-destination`. */
  readonly destination: string;
  /** The delay of each response from now on, in milliseconds; 0 at first. */
  delayMs: number;
  /** The number of requests that wait now. */
  waiting(): number;
  stop(): Promise<void>;
}

/**
 * Starts an artifact store on loopback that MLflow's own `HttpArtifactRepository` reads and writes, with a delay.
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
  const { address, stop } = await listenOnLoopback(server);
  const store: SlowStore = {
    destination: `${address}${ROOT}`,
    delayMs: 0,
    waiting: () => waiting,
    stop: async () => {
      stopped.abort();
      await stop();
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
