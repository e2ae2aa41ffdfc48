/**
 * A baseline without any library: a proxy on `node:http` alone, which copies head and body in both directions.
 * `node bench/bundled/plain-proxy.ts PORT unix:/path.sock|http://host:port`
 */
import { Agent, createServer, request } from 'node:http';

const [port, address = ''] = process.argv.slice(2);
const target = address.startsWith('unix:')
  ? { socketPath: address.slice('unix:'.length) }
  : { host: new URL(address).hostname, port: new URL(address).port };
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
createServer((req, res) => {
  const { method, url: path } = req;
  const sent = request({ ...target, agent, method, path, headers: req.headers }, (response) => {
    res.writeHead(response.statusCode!, response.rawHeaders);
    response.pipe(res);
  });
  sent.on('error', () => res.destroy());
  if (req.headers['content-length'] === undefined && req.headers['transfer-encoding'] === undefined)
    sent.end();
  else req.pipe(sent);
}).listen(Number(port), '127.0.0.1');
