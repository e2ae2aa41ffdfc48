import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Opening a named pipe must not wait for its writer. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a regular file of at most `maxBytes` as UTF-8. A file that grows while it is read is refused, not cut.
 *
 * @throws Error with the reason, to follow the file's name: `there is no such file`
 * @example
 * await readFileBounded('/etc/mlflow-gateway/policy.json', 4 * 1024 * 1024);
 */
export async function readFileBounded(path: string, maxBytes: number): Promise<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, FLAGS);
    const buffer = bufferFor(await file.stat(), maxBytes);
    let size = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, size, buffer.length - size);
      if (bytesRead === 0) return decode(buffer.subarray(0, size));
      size += bytesRead;
      if (size === buffer.length) throw new Error(GROWS);
    }
  } catch (error) {
    throw new Error(reasonOf(error));
  } finally {
    await file?.close();
  }
}

/** The same without a promise, for the start and for a file that another file names. */
export function readFileBoundedSync(path: string, maxBytes: number): string {
  let fd: number | undefined;
  try {
    fd = openSync(path, FLAGS);
    const buffer = bufferFor(fstatSync(fd), maxBytes);
    let size = 0;
    for (;;) {
      const bytesRead = readSync(fd, buffer, size, buffer.length - size, null);
      if (bytesRead === 0) return decode(buffer.subarray(0, size));
      size += bytesRead;
      if (size === buffer.length) throw new Error(GROWS);
    }
  } catch (error) {
    throw new Error(reasonOf(error));
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

const GROWS = 'it grows while it is read';

/** Has room for one byte more than the file, so that growth is noticed. */
function bufferFor(file: Stats, maxBytes: number): Buffer {
  if (file.isDirectory()) throw new Error('it is a directory');
  if (!file.isFile()) throw new Error('it is not a regular file');
  if (file.size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
  return Buffer.allocUnsafe(file.size + 1);
}

function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new Error('it is not UTF-8');
  }
}

const CODES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  ENOTDIR: 'part of the path is not a directory',
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : (CODES[code] ?? code)) ?? message;
}
