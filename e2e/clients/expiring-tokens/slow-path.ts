import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SlowPath {
  /** `http://127.0.0.1:port`. */
  readonly address: string;
  stop(): Promise<void>;
}

/**
 * Forwards connections to a loopback port, and limits what each sends, as a slow line does. Small requests pass at once.
 *
 * @param bytesPerSecond of each connection, towards the port
 * @example
 * const slow = await startSlowPath(gateway.port, 512 * 1024);
 */
export async function startSlowPath(port: number, bytesPerSecond: number): Promise<SlowPath> {
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on('error', () => {
        from.destroy();
        to.destroy();
      });
      socket.once('close', () => sockets.delete(socket));
    }
    from.pipe(throttle(bytesPerSecond)).pipe(to);
    to.pipe(from);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function throttle(bytesPerSecond: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      void sleep((chunk.length / bytesPerSecond) * 1000).then(() => done(null, chunk));
    },
  });
}
