import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { createProxyServer } from 'httpxy';
import type { UpstreamTarget } from '../config/network-types.ts';
import { DenialError } from '../http/denial.ts';
import type { ForwardResult, OutgoingRequest, Upstream, UpstreamAnswer } from './types.ts';

export interface UpstreamOptions {
  readonly address: UpstreamTarget;
  readonly healthPath: string;
  readonly connections: 'auto' | 'keepalive' | 'fresh';
  readonly socketCleanup: boolean;
  readonly requestTimeoutMs: number;
  readonly streamIdleTimeoutMs: number;
  readonly logger: unknown;
  readonly ca?: string;
}

export function createUpstream(options: UpstreamOptions): Upstream {
  const { address } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 4000 });
  const target = address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port };
  const host = address.kind === 'unix' ? 'localhost' : `${address.host}:${address.port}`;
  const name = address.kind === 'unix' ? `unix:${address.path}` : address.origin;
  const proxy = createProxyServer({ target: target as never, agent });
  proxy.on('error', () => {});
  const unreachable = (e: Error): DenialError => new DenialError('upstream_unreachable', `MLflow cannot be reached: ${e.message}`);
  const ask = (outgoing: OutgoingRequest): Promise<UpstreamAnswer> =>
    new Promise((resolve, reject) => {
      const body = Buffer.isBuffer(outgoing.body) ? outgoing.body : undefined;
      const req = request({ ...target, agent, method: outgoing.method, path: outgoing.path, headers: { ...outgoing.headers, host, ...(body ? { 'content-length': body.length } : {}) } }, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (c: Buffer) => chunks.push(c));
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }));
      });
      req.on('error', (e) => reject(unreachable(e)));
      req.end(body);
    });
  return {
    name,
    ask,
    async reachable() {
      try {
        const answer = await ask({ method: 'GET', path: options.healthPath, headers: {}, body: undefined });
        return answer.status === 200 ? { ok: true } : { ok: false, why: `MLflow answered ${answer.status}` };
      } catch (e) {
        return { ok: false, why: (e as Error).message };
      }
    },
    async forward(req: IncomingMessage, res: ServerResponse, outgoing: OutgoingRequest, responseHeaders, transform): Promise<ForwardResult> {
      if (transform) {
        const answer = await ask(outgoing);
        const body = answer.status === 200 ? transform(answer) : answer.body;
        res.writeHead(answer.status, { 'content-type': 'application/json', ...responseHeaders });
        res.end(body);
        return { status: answer.status, bytesIn: 0, bytesOut: body.length, aborted: false };
      }
      const body = Buffer.isBuffer(outgoing.body) ? outgoing.body : undefined;
      const own = req.headers;
      req.url = outgoing.path;
      req.headers = {
        ...outgoing.headers,
        host,
        ...(body ? { 'content-length': String(body.length) } : {}),
        ...(outgoing.body === 'stream' && own['content-length'] ? { 'content-length': own['content-length'] } : {}),
        ...(outgoing.body === 'stream' && own['transfer-encoding'] ? { 'transfer-encoding': 'chunked' } : {}),
      };
      for (const [k, v] of Object.entries(responseHeaders)) res.setHeader(k, v);
      return new Promise((resolve, reject) => {
        res.on('close', () => resolve({ status: res.statusCode, bytesIn: 0, bytesOut: 0, aborted: !res.writableFinished }));
        proxy.web(req, res, { ...(body ? { buffer: Readable.from([body]) } : {}) } as never).catch((e: Error) => reject(unreachable(e)));
      });
    },
    close: () => agent.destroy(),
  };
}
