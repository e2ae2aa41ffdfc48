import { createServer } from 'node:net';

const HOST = '127.0.0.1';

/** Whether a loopback TCP port can be bound now. */
export async function portIsFree(port: number): Promise<boolean> {
  return (await bind(port)) !== undefined;
}

/** A loopback TCP port, chosen by the system, that was free a moment ago. */
export async function freePort(): Promise<number> {
  const port = await bind(0);
  if (port === undefined) throw new Error(`no free TCP port on ${HOST}`);
  return port;
}

/**
 * The first free loopback port among `count` ports from `first` on.
 *
 * @throws {Error} if all are in use.
 */
export async function nextFreePort(first: number, count = 50): Promise<number> {
  for (let port = first; port < first + count && port < 65_536; port++) {
    if (await portIsFree(port)) return port;
  }
  throw new Error(`all ports from ${first} to ${first + count - 1} on ${HOST} are in use`);
}

function bind(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const address = server.address() as { port: number };
      server.close(() => resolve(address.port));
    });
  });
}
