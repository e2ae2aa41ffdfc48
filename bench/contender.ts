import { createConnection } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DemoIdp } from '../dev/demo-idp.ts';
import { startGateway } from '../dev/gateway-process.ts';
import { freePort } from '../dev/ports.ts';
import { type RunningProcess, startProcess, untilServing } from '../dev/process.ts';
import type { Target } from './load.ts';

/** A server in a comparison. */
export interface Contender {
  readonly name: string;
  readonly target: Target;
  /** The process for the measurement of processor time; none for the upstream itself. */
  readonly pid?: number;
  /** The leaders of process groups whose processor time counts in place of `pid`: a server with workers, and the server behind it. */
  readonly groups?: readonly number[];
  /** The file for its errors. */
  readonly log?: string;
}

const START_TIMEOUT_MS = 20_000;
const HOST = '127.0.0.1';

/** The upstream itself, behind all other contenders. */
export function direct(name: string, address: string): Contender {
  const { hostname, port } = new URL(address);
  return { name, target: { host: hostname, port: Number(port) } };
}

/** Starts the stub on a Unix socket and a TCP port; returns both addresses. */
export async function startStub(dir: string): Promise<{ readonly unix: string; readonly tcp: string }> {
  const socket = join(dir, 'stub.sock');
  const port = await freePort();
  await startScript('stub-upstream.ts', [socket, String(port)], dir, port);
  return { unix: `unix:${socket}`, tcp: `http://${HOST}:${port}` };
}

/** Starts the bare httpxy proxy. */
export async function startBareProxy(name: string, upstream: string, dir: string): Promise<Contender> {
  const port = await freePort();
  const { pid, log } = await startScript('bare-proxy.ts', [String(port), upstream], dir, port);
  return { name, target: { host: HOST, port }, pid, log };
}

/**
 * Starts the gateway with all checks: verified tokens, roles, workspaces, and an audit line for each request.
 *
 * @param checkout the folder of another version of the gateway; default: this one
 */
export async function startFullGateway(
  name: string,
  upstream: string,
  dir: string,
  idp: DemoIdp,
  env: Readonly<Record<string, string>> = {},
  checkout?: string,
): Promise<Contender> {
  const { port, pid, log } = await startGateway({
    dir: join(dir, name.replace(/\W+/g, '-')),
    ...(checkout === undefined ? {} : { main: join(checkout, 'src/main.ts') }),
    env: {
      GW_TARGET_BASE_URL: upstream,
      GW_AUTH_MODE: 'oidc',
      GW_OIDC_ISSUER: idp.issuer,
      GW_OIDC_AUDIENCE: idp.audience,
      GW_TENANCY: 'workspaces',
      ...env,
    },
  });
  return { name, target: { host: HOST, port }, pid, log };
}

/** Waits until a server accepts connections at a port. @throws {Error} that ends with its log */
export async function untilListening(child: RunningProcess, port: number, name: string): Promise<void> {
  const ask = async (): Promise<true | string> => (await accepts(port)) || 'it does not listen';
  await untilServing(child, { name, timeoutMs: START_TIMEOUT_MS, ask });
}

async function startScript(
  script: string,
  args: string[],
  dir: string,
  port: number,
): Promise<RunningProcess> {
  const child = await startProcess({
    name: script,
    command: process.execPath,
    args: [fileURLToPath(new URL(script, import.meta.url)), ...args],
    env: { PATH: process.env.PATH },
    log: join(dir, `${script}-${port}.log`),
  });
  await untilListening(child, port, script);
  return child;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, HOST);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
