import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { assemble } from '../assemble.ts';
import { collectAudit } from '../audit/collect-audit.ts';
import type { AuditEntry } from '../audit/entry.ts';
import { loadConfig } from '../config/load.ts';
import { makeServer } from '../http/server.ts';
import type { Identifier, Principal } from '../identity/principal.ts';
import { Metrics } from '../metrics/metrics.ts';
import { DryRunUpstream } from '../mlflow/dry-run-upstream.ts';
import { createLogger } from '../telemetry/log.ts';

/** The real gateway on loopback in off mode, with an MLflow that only takes notes. For tests of the pipeline. */
export interface InProcessGateway {
  readonly port: number;
  readonly upstream: DryRunUpstream;
  readonly audited: AuditEntry[];
  /** Its counts, if `GW_METRICS_PORT` is set. They are not served. */
  readonly metrics: Metrics | undefined;
  /** Sends bytes as they are and returns all that comes back until the server closes. */
  raw(bytes: string): Promise<string>;
  /** Sends one request line with the usual headers of off mode; returns status and body. */
  send(
    line: string,
    headers?: readonly string[],
    body?: string,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  stop(): Promise<void>;
}

/** For a response that never ends. */
const RAW_TIMEOUT_MS = 60_000;

/** @param principal every caller, instead of the one that `X-Tenant` names */
export async function startInProcess(
  env: Record<string, string> = {},
  principal?: Principal,
): Promise<InProcessGateway> {
  const loaded = loadConfig(
    { GW_TARGET_BASE_URL: 'http://127.0.0.1:9', GW_AUTH_MODE: 'off', ...env },
    { serverFeatures: ['assistant', 'demo'] },
  );
  if ('errors' in loaded) throw new Error(JSON.stringify(loaded.errors));
  const { strategy, tagKey } = loaded.config.tenancy;
  const upstream = new DryRunUpstream({ workspacesEnabled: strategy !== 'tags', tagKey });
  upstream.owner = 'team-a';
  const audited: AuditEntry[] = [];
  const metrics = loaded.config.metrics.port === undefined ? undefined : new Metrics();
  const parts = assemble(
    loaded.config,
    { ca: undefined, policy: undefined, denyList: undefined },
    createLogger({ level: 'silent' }),
    {
      upstream,
      audit: collectAudit(audited),
      ...(metrics === undefined ? {} : { metrics }),
      ...(principal === undefined ? {} : { identifier: always(principal) }),
    },
  );
  const server: Server = makeServer(parts.gateway);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await parts.start();
  const { port } = server.address() as AddressInfo;
  const raw = (bytes: string): Promise<string> => exchange(port, bytes);
  return {
    port,
    upstream,
    audited,
    metrics,
    raw,
    async send(line, headers = [], body = '') {
      const length =
        body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`, 'Content-Type: application/json'];
      const head = [
        `${line} HTTP/1.1`,
        'Host: gateway',
        'X-Tenant: team-a',
        'Connection: close',
        ...length,
        ...headers,
      ];
      const text = await raw(`${head.join('\r\n')}\r\n\r\n${body}`);
      const [top = '', ...rest] = text.split('\r\n\r\n');
      const content = rest.join('\r\n\r\n');
      return {
        status: Number(/^HTTP\/1\.1 (\d{3})/.exec(top)?.[1] ?? 0),
        body: content.startsWith('{') ? (JSON.parse(content) as Record<string, unknown>) : {},
      };
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await parts.close();
    },
  };
}

function always(principal: Principal): Identifier {
  return {
    identify: () => principal,
    ready: () => ({ ok: true }),
    tokens: () => ({ size: 0, hits: 0, misses: 0 }),
    close() {},
  };
}

function exchange(port: number, bytes: string): Promise<string> {
  record(bytes);
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => socket.destroy(), RAW_TIMEOUT_MS);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

/** The corpus of e2e/hostile/corpus/record.ts: one request a line, as JSON text with a character for each byte. */
function record(bytes: string): void {
  const file = process.env.RECORD_REQUESTS;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(bytes)}\n`);
}
