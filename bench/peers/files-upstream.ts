/**
 * An upstream with files: `node bench/peers/files-upstream.ts PORT`. GET of a path that ends in `/NUMBER` answers with so many bytes, PUT
 * reads and forgets a body. The other responses are those that the gateway needs at its start.
 */
import { createServer, type ServerResponse } from 'node:http';
import { WORKSPACE } from '../shapes.ts';

const CHUNK = Buffer.alloc(64 * 1024, 'x');
const JSON_ANSWERS: Readonly<Record<string, unknown>> = {
  '/health': 'OK',
  '/api/3.0/mlflow/server-info': { store_type: 'SqlStore', workspaces_enabled: true },
  [`/api/3.0/mlflow/workspaces/${WORKSPACE}`]: { workspace: { name: WORKSPACE } },
  '/api/2.0/mlflow/experiments/search': {},
};

createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (req, res) => {
  const path = (req.url ?? '').split('?', 1)[0]!;
  const known = JSON_ANSWERS[path];
  if (known !== undefined) return sendJson(res, known);
  if (req.method === 'PUT') return void req.resume().on('end', () => sendJson(res, {}));
  const bytes = Number(path.slice(path.lastIndexOf('/') + 1));
  if (!Number.isInteger(bytes)) return void res.writeHead(404, { 'content-length': 0 }).end();
  res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes });
  sendBytes(res, bytes);
}).listen(Number(process.argv[2]), '127.0.0.1');

function sendJson(res: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value);
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}

function sendBytes(res: ServerResponse, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
      left -= chunk.length;
      if (!res.write(chunk)) return void res.once('drain', more);
    }
    res.end();
  };
  more();
}
