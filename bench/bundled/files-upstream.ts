/**
 * A stub of MLflow with files: `node bench/bundled/files-upstream.ts SOCKET` serves on a Unix socket.
 * GET of a path that ends in `/NUMBER` answers with so many bytes, PUT reads and forgets a body. The rest is what the gateway itself
 * requests.
 */
import { createServer, type ServerResponse } from 'node:http';
import { WORKSPACE } from '../shapes.ts';

const CHUNK = Buffer.alloc(64 * 1024, 'x');
const OWN: Readonly<Record<string, unknown>> = {
  '/health': 'OK',
  '/api/3.0/mlflow/server-info': { store_type: 'SqlStore', workspaces_enabled: true },
  [`/api/3.0/mlflow/workspaces/${WORKSPACE}`]: { workspace: { name: WORKSPACE } },
  '/api/2.0/mlflow/experiments/search': {},
};

createServer({ keepAliveTimeout: 0 }, (req, res) => {
  const path = (req.url ?? '').split('?', 1)[0]!;
  const own = OWN[path];
  if (own !== undefined) return json(res, own);
  if (req.method === 'PUT') return void req.resume().on('end', () => json(res, {}));
  const bytes = Number(path.slice(path.lastIndexOf('/') + 1));
  if (!Number.isInteger(bytes)) return void res.writeHead(404, { 'content-length': 0 }).end();
  res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes });
  let left = bytes;
  const write = (): void => {
    while (left > 0) {
      const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
      left -= chunk.length;
      if (!res.write(chunk)) return void res.once('drain', write);
    }
    res.end();
  };
  write();
}).listen(process.argv[2]);

function json(res: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value);
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}
