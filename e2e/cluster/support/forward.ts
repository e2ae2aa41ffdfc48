import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { freePort } from '../../../dev/ports.ts';
import type { Certificate } from './certificates.ts';
import { eventually } from './eventually.ts';

export interface Forward {
  /** On 127.0.0.1. */
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Forwards a port of a Service to this machine, by `kubectl port-forward`, and restarts it when it ends: it is connected to
 * one pod, which may end.
 *
 * @throws Error when it does not answer within a minute
 */
export async function forward(namespace: string, service: string, port: number): Promise<Forward> {
  const local = await freePort();
  let child: ChildProcess | undefined;
  let stopped = false;
  const start = (): void => {
    if (stopped) return;
    const args = ['-n', namespace, 'port-forward', `service/${service}`, `${local}:${port}`];
    child = spawn('kubectl', args, { stdio: 'ignore' });
    child.once('exit', () => setTimeout(start, 500));
  };
  start();
  const stop = async (): Promise<void> => {
    stopped = true;
    child?.kill();
  };
  try {
    await eventually(`port ${port} of ${service}`, () => answers(local), { everyMs: 200 });
    return { port: local, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Terminates TLS in front of a port of this machine, like an Ingress in front of a Service. */
export function endTls(to: number, { certificate, key }: Certificate): Promise<Forward> {
  const options = { cert: certificate, key, ALPNProtocols: ['http/1.1'] };
  return relay((accept) => createTlsServer(options, accept), '127.0.0.1', to);
}

/** Passes connections on to another address, as kind's `extraPortMappings` do. */
export function relayTo(host: string, port: number): Promise<Forward> {
  return relay(createServer, host, port);
}

async function relay(
  serve: (accept: (outer: Socket) => void) => Server,
  host: string,
  to: number,
): Promise<Forward> {
  const sockets = new Set<Socket>();
  const server = serve((outer) => {
    const inner = connect(to, host);
    for (const [one, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
    }
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answers(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => {
        socket.destroy();
        resolve();
      })
      .once('error', reject);
  });
}
