/**
 * A proxy of `node:http` alone: what Node itself costs, without a library and without a check.
 * `node bench/peers/node-proxy.ts PORT http://host:port`
 */
import { Agent, createServer, request } from 'node:http';

const [port, address = ''] = process.argv.slice(2);
const { hostname, port: upstreamPort } = new URL(address);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

createServer((req, res) => {
  const { method, url: path, headers } = req;
  const sent = request({ agent, host: hostname, port: upstreamPort, method, path, headers }, (answer) => {
    res.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(res);
  });
  sent.on('error', () => res.destroy());
  req.pipe(sent);
}).listen(Number(port), '127.0.0.1');
