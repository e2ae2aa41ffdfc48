import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Fetch, type FetchTls, fetcher } from './http.ts';
import { freePort, portIsFree } from './ports.ts';
import { startProcess, untilServing } from './process.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const START_TIMEOUT_MS = 90_000;

export interface GatewayOptions {
  /** Its configuration (`GW_*`). The listen address is set here, and the audit file unless `env` names one. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder of the log and the audit file. */
  readonly dir: string;
  /** A loopback port; default: a free one. */
  readonly port?: number;
  /** Wait for `/readyz` (the default), or only for the process to answer. */
  readonly until?: 'ready' | 'listening';
  /** For a gateway with `GW_TLS_CERT_FILE`. */
  readonly tls?: FetchTls;
  /** The program; default: this checkout's `src/main.ts`. */
  readonly main?: string;
  /** The whole command up to `serve`, in place of this Node with `main`. */
  readonly command?: readonly string[];
}

export interface GatewayProcess {
  /** `http://127.0.0.1:port`, or `https://`. */
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  readonly log: string;
  readonly auditFile: string;
  readonly fetch: Fetch;
  readonly exited: Promise<string>;
  /** Why it has ended, or `undefined` while it runs. */
  gone(): string | undefined;
  stop(): Promise<void>;
}

/**
 * Starts the gateway of this checkout as a process of its own, on loopback, and waits until it is ready.
 *
 * No `GW_*` variable of the caller's shell reaches it, so that a test or the quickstart has the same configuration
 * everywhere.
 *
 * @throws {Error} if the port is in use, or the gateway exits or does not become ready within 90 s; the message
 *   ends with its log.
 * @example
 * const gateway = await startGateway({ dir: '/tmp/gw', env: { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: 'unix:/tmp/s' } });
 * await gateway.fetch('/healthz');
 * await gateway.stop();
 */
export async function startGateway(options: GatewayOptions): Promise<GatewayProcess> {
  const port = options.port || (await freePort());
  if (!(await portIsFree(port)))
    throw new Error(`port ${port} on 127.0.0.1 is in use; the gateway cannot listen on it`);
  const auditFile = options.env.GW_AUDIT_FILE ?? join(options.dir, 'audit.jsonl');
  // Like `npm start`.
  const sources = [process.execPath, '--disallow-code-generation-from-strings', options.main ?? MAIN];
  const [command, ...args] = options.command ?? sources;
  const child = await startProcess({
    name: 'the gateway',
    command: command!,
    args: [...args, 'serve'],
    env: {
      ...inherited(),
      GW_LISTEN_HOST: '127.0.0.1',
      GW_LISTEN_PORT: String(port),
      GW_AUDIT_FILE: auditFile,
      ...options.env,
    },
    log: join(options.dir, 'gateway.log'),
  });
  const address = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const fetch = fetcher(address, {}, options.tls);
  const probe = options.until === 'listening' ? '/healthz' : '/readyz';
  await untilServing(child, {
    name: 'the gateway',
    timeoutMs: START_TIMEOUT_MS,
    ask: async () => {
      const answer = await fetch(probe, { timeoutMs: 5_000 });
      return answer.status === 200 || `${probe}: ${answer.status} ${(await answer.text()).trim()}`;
    },
  });
  const { pid, log, exited, gone, stop } = child;
  return { address, port, pid, log, auditFile, fetch, exited, gone, stop };
}

/** Unprefixed variable names of the original guide are configuration too. */
function inherited(): Record<string, string | undefined> {
  const configuration = /^(GW_|AUTH_MODE$|ROLE_CLAIM$|RBAC_|TENANT_TAG_KEY$|MLFLOW_|UVICORN_|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !configuration.test(name)));
}
