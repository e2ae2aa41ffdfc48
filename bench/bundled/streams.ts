import { connect } from 'node:net';
import type { Contender } from '../contender.ts';
import { cpuMicroseconds } from '../cpu-time.ts';
import { WORKSPACE } from '../shapes.ts';

const MIB = 1024 * 1024;
const FILE = `/api/2.0/mlflow-artifacts/artifacts/1/${'0'.repeat(31)}1/artifacts`;
const CHUNK = Buffer.alloc(64 * 1024, 'y');

export type Direction = 'down' | 'up';

/** One transfer of a file. */
export interface Transfer {
  readonly mebibytesPerSecond: number;
  /** Processor seconds of the proxy per GiB. */
  readonly cpuSecondsPerGib: number | null;
}

/**
 * Sends a file through a proxy, or fetches one, and measures the proxy's processor time.
 *
 * @throws Error for a status other than 200, or a file of another length
 */
export async function transfer(
  { target, pid, name }: Contender,
  direction: Direction,
  mebibytes: number,
  token: string,
): Promise<Transfer> {
  const bytes = mebibytes * MIB;
  const before = pid === undefined ? undefined : cpuMicroseconds(pid);
  const started = performance.now();
  const received = await exchange(target, direction, bytes, token);
  const seconds = (performance.now() - started) / 1000;
  const after = pid === undefined ? undefined : cpuMicroseconds(pid);
  if (direction === 'down' && received !== bytes) throw new Error(`${name}: ${received} bytes of ${bytes}`);
  return {
    mebibytesPerSecond: mebibytes / seconds,
    cpuSecondsPerGib:
      before === undefined || after === undefined ? null : (((after - before) / 1e6) * 1024) / mebibytes,
  };
}

/** On a plain socket: an HTTP client would cost as much as the proxy. Resolves with the bytes after the head. */
function exchange(
  target: Contender['target'],
  direction: Direction,
  bytes: number,
  token: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let head = '';
    let announced = -1;
    let received = 0;
    const socket = connect({ ...target, noDelay: true });
    socket.on('error', reject).on('close', () => reject(new Error('the connection was closed')));
    const done = (): void => {
      resolve(received);
      socket.destroy();
    };
    socket.on('data', (chunk) => {
      if (announced < 0) {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        announced = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
        if (!head.startsWith('HTTP/1.1 200') || Number.isNaN(announced))
          reject(new Error(head.slice(0, 600)));
        received = head.length - end - 4;
      } else received += chunk.length;
      if (received >= announced) done();
    });
    const method = direction === 'down' ? 'GET' : 'PUT';
    const file = direction === 'down' ? `${FILE}/${bytes}` : `${FILE}/upload`;
    const length =
      direction === 'down' ? '' : `Content-Type: application/octet-stream\r\nContent-Length: ${bytes}\r\n`;
    socket.write(
      `${method} ${file} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-MLFLOW-WORKSPACE: ${WORKSPACE}\r\nAuthorization: Bearer ${token}\r\n${length}\r\n`,
    );
    if (direction === 'down') return;
    let left = bytes;
    const write = (): void => {
      while (left > 0) {
        left -= CHUNK.length;
        if (!socket.write(CHUNK)) return void socket.once('drain', write);
      }
    };
    write();
  });
}
