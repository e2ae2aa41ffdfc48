import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageOwners } from './dpkg.ts';
import { readElf } from './elf.ts';
import { realPathWithin } from './within.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'image-root-'));
});

afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: string | Buffer): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** An ELF file with one segment that holds everything: the path of the loader, names of libraries, and the dynamic section. */
function elf(machine: number, interpreter: string, needed: readonly string[]): Buffer {
  const address = 0x10000;
  const names = Buffer.from(`\0${needed.map((name) => `${name}\0`).join('')}`);
  const loader = Buffer.from(`${interpreter}\0`);
  const [atNames, atLoader] = [64 + 3 * 56, 64 + 3 * 56 + names.length];
  const atDynamic = atLoader + loader.length;
  const dynamic = Buffer.alloc((needed.length + 1) * 16);
  let offset = 1;
  needed.forEach((name, i) => {
    dynamic.writeBigUInt64LE(1n, i * 16);
    dynamic.writeBigUInt64LE(BigInt(offset), i * 16 + 8);
    offset += name.length + 1;
  });
  dynamic.writeBigUInt64LE(5n, needed.length * 16);
  dynamic.writeBigUInt64LE(BigInt(address + atNames), needed.length * 16 + 8);
  // The table of names is never at the end of a real file.
  const size = atDynamic + dynamic.length + 512;
  const head = Buffer.alloc(atNames);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  head.writeUInt16LE(machine, 18);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(3, 56);
  const segments = [
    [1, 0, size],
    [2, atDynamic, dynamic.length],
    [3, atLoader, loader.length],
  ] as const;
  segments.forEach(([type, at, length], i) => {
    head.writeUInt32LE(type, 64 + i * 56);
    head.writeBigUInt64LE(BigInt(at), 64 + i * 56 + 8);
    head.writeBigUInt64LE(BigInt(address + at), 64 + i * 56 + 16);
    head.writeBigUInt64LE(BigInt(length), 64 + i * 56 + 32);
  });
  return Buffer.concat([head, names, loader, dynamic, Buffer.alloc(512)]);
}

/** Debian for AArch64 with Node in its place, as far as Node needs it. */
function unpackedImage(): void {
  const libc = '/usr/lib/aarch64-linux-gnu/libc.so.6';
  const loader = '/usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1';
  write(process.execPath, elf(183, '/lib/ld-linux-aarch64.so.1', ['libstdc++.so.6', 'libc.so.6']));
  write('/usr/lib/aarch64-linux-gnu/libstdc++.so.6.0.30', elf(183, '', ['libc.so.6']));
  symlinkSync('libstdc++.so.6.0.30', join(root, 'usr/lib/aarch64-linux-gnu/libstdc++.so.6'));
  write(libc, elf(183, '', ['ld-linux-aarch64.so.1']));
  write(loader, elf(183, '', []));
  symlinkSync('usr/lib', join(root, 'lib'));
  symlinkSync('aarch64-linux-gnu/ld-linux-aarch64.so.1', join(root, 'usr/lib/ld-linux-aarch64.so.1'));
  write('/usr/share/doc/libc6/copyright', 'the licence of libc6');
  write('/usr/share/doc/gcc-12-base/copyright', 'the licence of libstdc++6');
  symlinkSync('gcc-12-base', join(root, 'usr/share/doc/libstdc++6'));
  const entry = (name: string, version: string): string =>
    `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`;
  write('/var/lib/dpkg/status', [entry('libc6', '2.36-9'), entry('libstdc++6', '12.2.0-14')].join('\n'));
  write(
    '/var/lib/dpkg/info/libc6:arm64.list',
    `/.\n/lib\n${libc.replace('/usr', '')}\n${loader.replace('/usr', '')}\n`,
  );
  write('/var/lib/dpkg/info/libstdc++6:arm64.list', '/.\n/usr/lib/aarch64-linux-gnu/libstdc++.so.6\n');
}

function imageRoot(base: string): string {
  const to = join(root, 'out');
  execFileSync(process.execPath, [join(import.meta.dirname, 'image-root.ts'), root, to, base]);
  return to;
}

describe('the root of an image', () => {
  test('for another processor holds Node, its loader, its libraries and their licences', () => {
    unpackedImage();
    const to = imageRoot('scratch');
    for (const name of ['libc.so.6', 'libstdc++.so.6', 'ld-linux-aarch64.so.1'])
      expect(lstatSync(join(to, 'usr/lib/aarch64-linux-gnu', name)).isFile(), name).toBe(true);
    expect(readlinkSync(join(to, 'lib/ld-linux-aarch64.so.1'))).toBe(
      '../usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1',
    );
    expect(readElf(join(to, 'usr/local/bin/node')).machine).toBe('aarch64-linux-gnu');
    expect(readFileSync(join(to, 'usr/share/licenses/libstdc++6/copyright'), 'utf8')).toBe(
      'the licence of libstdc++6',
    );
    expect(readFileSync(`${to}.packages`, 'utf8')).toBe(
      'deb/debian\tlibc6\t2.36-9\ndeb/debian\tlibstdc++6\t12.2.0-14\n',
    );
  });

  test('for a base with a C library leaves out its own', () => {
    unpackedImage();
    const to = imageRoot('gcr.io/distroless/base');
    expect(lstatSync(join(to, 'usr/lib/aarch64-linux-gnu/libstdc++.so.6')).isFile()).toBe(true);
    for (const absent of ['usr/lib/aarch64-linux-gnu/libc.so.6', 'lib', 'etc'])
      expect(lstatSync(join(to, absent), { throwIfNoEntry: false }), absent).toBeUndefined();
  });
});

test('the libraries of this Node are those that the loader finds', () => {
  const { needed, interpreter } = readElf(process.execPath);
  const listed = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
  for (const name of needed) expect(listed).toContain(name);
  expect(listed).toContain(interpreter);
  expect(needed).toContain('libc.so.6');
});

test('a file of another format, or for another machine, is refused', () => {
  write('script', '#!/bin/sh\n'.repeat(20));
  expect(() => readElf(join(root, 'script'))).toThrow('not a 64-bit little-endian ELF file');
  write('short', 'ELF');
  expect(() => readElf(join(root, 'short'))).toThrow('cut off');
  write('riscv', elf(243, '/lib/ld.so', []));
  expect(() => readElf(join(root, 'riscv'))).toThrow('unknown machine');
});

test('an absolute link of an unpacked image leads to a file of the image', () => {
  write('/usr/lib/a.so.1', '');
  symlinkSync('/usr/lib', join(root, 'lib'));
  symlinkSync('a.so.1', join(root, 'usr/lib/a.so'));
  expect(realPathWithin(root, '/lib/a.so')).toBe('/usr/lib/a.so.1');
  symlinkSync('../../../../../etc/passwd', join(root, 'usr/lib/out'));
  expect(realPathWithin(root, '/lib/out')).toBe('/etc/passwd');
  symlinkSync('/circle', join(root, 'circle'));
  expect(() => realPathWithin(root, '/circle')).toThrow('too many symbolic links');
});

test('an image without dpkg has no packages', () => {
  expect(packageOwners(root).size).toBe(0);
});
