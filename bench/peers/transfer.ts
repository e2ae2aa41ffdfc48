import { connect } from 'node:net';
import type { Contender } from '../contender.ts';
import { cpuOfGroups } from './process-group.ts';

const MEBIBYTE = 1024 * 1024;
/** A folder of MLflow's artifact proxy, which the upstream of the proxies takes for any. */
export const ANY_FOLDER = `/api/2.0/mlflow-artifacts/artifacts/1/${'0'.repeat(31)}1/artifacts`;
const CHUNK = Buffer.alloc(64 * 1024, 'y');

export type Direction = 'down' | 'up';

/** One file. */
export interface Transfer {
  readonly mebibytesPerSecond: number;
  /** Processor seconds of the server for one GiB. */
  readonly cpuSecondsPerGibibyte: number;
}

/** Where a file goes, and who sends it. */
export interface Caller {
  readonly folder: string;
  readonly fields: readonly string[];
}

/**
 * Sends a file to a server, or fetches one of that size that was sent to it. It uses a plain socket, since an HTTP client would cost as much as
 * a proxy.
 *
 * @param caller the path of a folder of the artifact proxy, and the header fields of the caller
 * @throws {Error} for another status than 200, or another number of bytes
 * @example
 * await transfer(nginx, 'down', 512, { folder: ANY_FOLDER, fields: [`Authorization: Bearer ${token}`] });
 * // { mebibytesPerSecond: 900, cpuSecondsPerGibibyte: 0.6 }
 */
export async function transfer(
  { name, target, groups = [] }: Contender,
  direction: Direction,
  mebibytes: number,
  caller: Caller,
): Promise<Transfer> {
  const bytes = mebibytes * MEBIBYTE;
  const cpu = (): number => (groups.length === 0 ? Number.NaN : cpuOfGroups(groups));
  const [before, started] = [cpu(), performance.now()];
  const received = await exchange(target, requestOf(direction, bytes, caller), direction, bytes);
  const seconds = (performance.now() - started) / 1000;
  if (direction === 'down' && received !== bytes)
    throw new Error(`${name} sent ${received} bytes of a file of ${bytes}`);
  return {
    mebibytesPerSecond: mebibytes / seconds,
    cpuSecondsPerGibibyte: (((cpu() - before) / 1e6) * 1024) / mebibytes,
  };
}

function requestOf(direction: Direction, bytes: number, { folder, fields }: Caller): string {
  const lines = [
    `${direction === 'down' ? 'GET' : 'PUT'} ${folder}/${bytes} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...fields,
    ...(direction === 'down' ? [] : ['Content-Type: application/octet-stream', `Content-Length: ${bytes}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Resolves with the number of bytes after the head of the response. */
function exchange(
  target: Contender['target'],
  request: string,
  direction: Direction,
  bytes: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let head = '';
    let expected: number | undefined;
    let received = 0;
    const socket = connect({ ...target, noDelay: true });
    socket.on('error', reject).on('close', () => reject(new Error('the connection was closed')));
    socket.on('data', (chunk) => {
      if (expected === undefined) {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        expected = lengthIn(head.slice(0, end));
        if (expected === undefined) return reject(new Error(head.slice(0, 500)));
        received = head.length - end - 4;
      } else received += chunk.length;
      if (received < expected) return;
      resolve(received);
      socket.destroy();
    });
    socket.write(request);
    let left = direction === 'up' ? bytes : 0;
    const more = (): void => {
      while (left > 0) {
        left -= CHUNK.length;
        if (!socket.write(CHUNK)) return void socket.once('drain', more);
      }
    };
    more();
  });
}

/** The announced length of a response with status 200. */
function lengthIn(head: string): number | undefined {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  return head.startsWith('HTTP/1.1 200') && length !== undefined ? Number(length) : undefined;
}
