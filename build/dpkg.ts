import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An installed Debian package. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
}

/**
 * The package of each file of an unpacked Debian image, from dpkg's own records; empty if the image has none.
 *
 * @example
 * packageOwners('/unpacked').get('/lib/x86_64-linux-gnu/libc.so.6'); // { name: 'libc6', version: '2.36-9+deb12u14' }
 */
export function packageOwners(root: string): ReadonlyMap<string, DebianPackage> {
  const folder = join(root, 'var/lib/dpkg');
  const owners = new Map<string, DebianPackage>();
  if (!existsSync(join(folder, 'status'))) return owners;
  const versions = versionsIn(readFileSync(join(folder, 'status'), 'utf8'));
  for (const file of readdirSync(join(folder, 'info'))) {
    const name = /^(.+?)(?::[a-z0-9]+)?\.list$/.exec(file)?.[1];
    const version = name === undefined ? undefined : versions.get(name);
    if (name === undefined || version === undefined) continue;
    for (const path of readFileSync(join(folder, 'info', file), 'utf8').split('\n'))
      if (path.includes('.so')) owners.set(path, { name, version });
  }
  return owners;
}

function versionsIn(status: string): ReadonlyMap<string, string> {
  return new Map(
    status.split('\n\n').flatMap((entry): [string, string][] => {
      const name = /^Package: (.+)$/m.exec(entry)?.[1];
      const version = /^Version: (.+)$/m.exec(entry)?.[1];
      return name === undefined || version === undefined ? [] : [[name, version]];
    }),
  );
}
