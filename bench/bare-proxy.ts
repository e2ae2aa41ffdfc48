/**
 * The baseline: a minimal proxy on a library for proxies, which forwards every request.
 * `node bench/bare-proxy.ts PORT unix:/path.sock|http://host:port`
 */
import { Agent, createServer } from 'node:http';
import { createProxyServer } from 'httpxy';

const [port, address = ''] = process.argv.slice(2);
const target = address.startsWith('unix:')
  ? { protocol: 'http:', host: 'localhost', socketPath: address.slice('unix:'.length) }
  : address;
const proxy = createProxyServer({ target, agent: new Agent({ keepAlive: true, maxSockets: 256 }) });
createServer((req, res) => {
  proxy.web(req, res).catch(() => res.destroy());
}).listen(Number(port), '127.0.0.1');
