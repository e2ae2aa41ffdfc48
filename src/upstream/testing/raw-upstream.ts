import { createServer, type Socket } from 'node:net';
import { listen } from './servers.ts';

/** A stand-in for MLflow that records the received bytes. */
export interface RawUpstream {
  readonly port: number;
  /** Everything received, connection by connection. */
  readonly connections: string[];
  /** Everything received, as one text. */
  all(): string;
}

/**
 * Listens without an HTTP parser, since a parser would hide smuggled requests, and sends one response to each request
 * head in the bytes.
 */
export async function rawUpstream(
  answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
): Promise<RawUpstream> {
  const connections: string[] = [];
  const server = createServer((socket: Socket) => {
    const index = connections.push('') - 1;
    let answered = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      connections[index] += chunk.toString('latin1');
      const heads = connections[index]!.match(/^[A-Z]+ \/\S* HTTP\/1\.1\r$/gm)?.length ?? 0;
      for (; answered < heads; answered++) socket.write(answer);
    });
  });
  const port = await listen(server);
  return { port, connections, all: () => connections.join('') };
}

/** The request lines in the received bytes, at any position. */
export function requestLines(received: string): string[] {
  return received.match(/[A-Z]+ \/\S* HTTP\/1\.1/g) ?? [];
}
