/**
 * Copies the files that Node needs to run out of an unpacked image: its binary, the shared libraries that it is linked with, and the
 * licences of their packages. Runs nothing of that image, which may be for another processor. Writes DIR.packages for the bill of
 * materials.
 *
 *     node build/image-root.ts FROM DIR BASE
 *
 * FROM is the unpacked image, with Node where it is in this one. BASE is the image to which DIR will be added. For `scratch` the C
 * library is copied too, with the files that it reads. Any other base has its own C library, and two of them conflict.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { packageOwners } from './dpkg.ts';
import { readElf } from './elf.ts';
import { realPathWithin } from './within.ts';

const [from = '', to = '', base = ''] = process.argv.slice(2);
const C_LIBRARY = /^(ld-.*|(libc|libdl|libm|libpthread|libresolv|librt)\..*)$/;
const node = process.execPath;
const owners = packageOwners(from);
const packages = new Set<string>();

const { machine, interpreter } = readElf(join(from, realPathWithin(from, node)));
const FOLDERS = [
  `/lib/${machine}`,
  `/usr/lib/${machine}`,
  '/lib64',
  '/usr/lib64',
  '/usr/local/lib',
  '/lib',
  '/usr/lib',
];

copy(realPathWithin(from, node), '/usr/local/bin/node');
for (const [name, path] of libraries(node)) if (base === 'scratch' || !C_LIBRARY.test(name)) add(name, path);
if (base === 'scratch') addBase();
writeFileSync(`${to}.packages`, [...packages].sort().join(''));

/** Every library that a program needs, with those that they need: by name, in the order of a search. */
function libraries(program: string, found = new Map<string, string>()): Map<string, string> {
  for (const name of readElf(join(from, realPathWithin(from, program))).needed) {
    if (found.has(name)) continue;
    const path = FOLDERS.map((folder) => `${folder}/${name}`).find((file) => exists(file));
    if (path === undefined)
      throw new Error(`${program} needs ${name}, which is in none of ${FOLDERS.join(', ')}`);
    found.set(name, path);
    libraries(path, found);
  }
  return found;
}

/** Under its real path, which is below /usr on current distributions. */
function add(name: string, path: string): void {
  const real = realPathWithin(from, path);
  copy(real, `${dirname(real)}/${name}`);
  // Depending on the distribution, dpkg knows it by either path, with or without /usr.
  const names = [real, path, `${dirname(real)}/${name}`].flatMap((file) => [
    file,
    file.replace(/^\/usr/, ''),
  ]);
  const owner = names.map((file) => owners.get(file)).find(Boolean);
  if (owner === undefined) {
    if (owners.size > 0) console.error(`image-root: no package owns ${path}`);
    return;
  }
  packages.add(`deb/debian\t${owner.name}\t${owner.version}\n`);
  const licence = realPathWithin(from, `/usr/share/doc/${owner.name}/copyright`);
  copy(licence, `/usr/share/licenses/${owner.name}/copyright`);
}

function addBase(): void {
  // The kernel finds the loader by the path in Node's binary.
  if (interpreter === undefined) throw new Error('Node is not dynamically linked');
  if (!existsSync(join(to, interpreter))) {
    add(basename(realPathWithin(from, interpreter)), interpreter);
    const real = realPathWithin(from, interpreter);
    if (real !== interpreter) {
      mkdirSync(join(to, dirname(interpreter)), { recursive: true });
      // Relative, so that it also leads there in an unpacked image, as emulators have it.
      symlinkSync(relative(dirname(interpreter), real), join(to, interpreter));
    }
  }
  mkdirSync(join(to, 'etc'), { recursive: true });
  mkdirSync(join(to, 'tmp'), { recursive: true });
  chmodSync(join(to, 'tmp'), 0o1777);
  writeFileSync(join(to, 'etc/passwd'), 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin\n');
  writeFileSync(join(to, 'etc/group'), 'nonroot:x:65532:\n');
  writeFileSync(join(to, 'etc/nsswitch.conf'), 'hosts: files dns\n');
}

function copy(source: string, target: string): void {
  mkdirSync(join(to, dirname(target)), { recursive: true });
  copyFileSync(join(from, source), join(to, target));
}

function exists(path: string): boolean {
  return lstatSync(join(from, realPathWithin(from, path)), { throwIfNoEntry: false })?.isFile() ?? false;
}
