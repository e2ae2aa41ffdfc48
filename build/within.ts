import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** As many as Linux follows. */
const MAX_LINKS = 40;

/**
 * The path of a file in an unpacked image after its symbolic links, which are read as if the image were the root: an absolute link of
 * the image never leads to a file of this machine. A path that does not exist is returned as it is.
 *
 * @throws Error if links go in a circle
 * @example
 * realPathWithin('/unpacked', '/lib/x86_64-linux-gnu/libc.so.6'); // /usr/lib/x86_64-linux-gnu/libc.so.6
 */
export function realPathWithin(root: string, path: string): string {
  let pending = path.split('/').filter(Boolean);
  let real = '/';
  let links = 0;
  while (pending.length > 0) {
    const [name = '', ...rest] = pending;
    const next = resolve(real, name);
    if (lstatSync(join(root, next), { throwIfNoEntry: false })?.isSymbolicLink()) {
      if (++links > MAX_LINKS) throw new Error(`${path}: too many symbolic links`);
      const target = resolve(dirname(next), readlinkSync(join(root, next)));
      pending = [...target.split('/').filter(Boolean), ...rest];
      real = '/';
    } else {
      pending = rest;
      real = next;
    }
  }
  return real;
}
