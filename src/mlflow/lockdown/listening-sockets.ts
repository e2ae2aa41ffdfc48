import { open } from 'node:fs/promises';
import { LIMITS } from '../../limits.ts';
import { type ListeningSocket, TcpTable } from './tcp-table.ts';

/** The IPv4 and IPv6 tables; a machine without IPv6 has only the first. */
type Tables = readonly [string, ...string[]];

const TABLES: Tables = ['/proc/net/tcp', '/proc/net/tcp6'];
const CHUNK = 64 * 1024;

/**
 * The listening TCP sockets in the network namespace of this process; in a pod, those of all containers. UDP is left out, as MLflow
 * serves HTTP over TCP only.
 *
 * Reads at most `LIMITS.socketTable` bytes of a file: connections fill it, and Linux lists listening sockets first.
 *
 * @param tables for tests
 * @throws Error that says which file cannot be read, and why
 * @example
 * await listeningSockets(); // [{ address: '0.0.0.0', port: 8000 }]
 */
export async function listeningSockets(tables: Tables = TABLES): Promise<readonly ListeningSocket[]> {
  const [first, ...more] = tables;
  const found = [...(await readTable(first))];
  for (const path of more) {
    try {
      found.push(...(await readTable(path)));
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error;
    }
  }
  return found;
}

async function readTable(path: string): Promise<readonly ListeningSocket[]> {
  try {
    return await read(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw Object.assign(new Error(`${path}: ${code ?? message}`), { code });
  }
}

async function read(path: string): Promise<readonly ListeningSocket[]> {
  const file = await open(path);
  try {
    const table = new TcpTable();
    const chunk = Buffer.allocUnsafe(CHUNK);
    let total = 0;
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK, null);
      if (bytesRead === 0) return table.end();
      table.read(chunk.toString('latin1', 0, bytesRead));
      total += bytesRead;
      if (total <= LIMITS.socketTable.value) continue;
      if (table.pastListening) return table.end(false);
      throw new Error(`more than ${LIMITS.socketTable.value} bytes of listening sockets`);
    }
  } finally {
    await file.close();
  }
}
