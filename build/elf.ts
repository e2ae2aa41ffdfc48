import { closeSync, openSync, readSync } from 'node:fs';

/** The parts of a program or library that the loader reads: machine, loader, and needed libraries. */
export interface Elf {
  readonly machine: string;
  readonly interpreter: string | undefined;
  readonly needed: readonly string[];
}

/** By `e_machine`: the name that Debian gives to its folders of libraries. */
const MACHINES: ReadonlyMap<number, string> = new Map([
  [62, 'x86_64-linux-gnu'],
  [183, 'aarch64-linux-gnu'],
]);
const LOAD = 1;
const DYNAMIC = 2;
const INTERPRETER = 3;
const NEEDED = 1n;
const STRINGS = 5n;

/**
 * Reads the dynamic section of a 64-bit little-endian ELF file, as `ldd` would without running it: so an image for another processor
 * needs no emulator. https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html
 *
 * @throws Error if the file is another kind of file, or for another machine than x86-64 and AArch64
 * @example
 * readElf('/usr/local/bin/node').needed; // ['libdl.so.2', 'libstdc++.so.6', ...]
 */
export function readElf(path: string): Elf {
  const file = openSync(path, 'r');
  const read = (at: number, length: number): Buffer => {
    const part = Buffer.alloc(length);
    if (readSync(file, part, 0, length, at) !== length) throw new Error(`${path} is cut off`);
    return part;
  };
  try {
    const head = read(0, 64);
    if (head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2 || head[5] !== 1)
      throw new Error(`${path} is not a 64-bit little-endian ELF file`);
    const machine = MACHINES.get(head.readUInt16LE(18));
    if (machine === undefined) throw new Error(`${path} is for an unknown machine`);
    const segments = programHeaders(head, read);
    const text = (kind: number): Buffer | undefined => {
      const segment = segments.find(({ type }) => type === kind);
      return segment && read(segment.offset, segment.size);
    };
    const at = (address: number): number => {
      const segment = segments.find(
        (s) => s.type === LOAD && address >= s.address && address < s.address + s.size,
      );
      if (segment === undefined) throw new Error(`${path} names an address outside its segments`);
      return segment.offset + address - segment.address;
    };
    return {
      machine,
      interpreter: text(INTERPRETER)?.toString('latin1').replace(/\0.*$/s, ''),
      needed: neededOf(text(DYNAMIC) ?? Buffer.alloc(0), (address) => read(at(address), MAX_NAME)),
    };
  } finally {
    closeSync(file);
  }
}

/** More than any name of a library; the table of names is followed by larger sections. */
const MAX_NAME = 256;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

function programHeaders(head: Buffer, read: (at: number, length: number) => Buffer): Segment[] {
  const [start, size, count] = [
    Number(head.readBigUInt64LE(32)),
    head.readUInt16LE(54),
    head.readUInt16LE(56),
  ];
  return Array.from({ length: count }, (_, i) => {
    const header = read(start + i * size, 56);
    return {
      type: header.readUInt32LE(0),
      offset: Number(header.readBigUInt64LE(8)),
      address: Number(header.readBigUInt64LE(16)),
      size: Number(header.readBigUInt64LE(32)),
    };
  });
}

function neededOf(dynamic: Buffer, textAt: (address: number) => Buffer): string[] {
  const entries = Array.from({ length: dynamic.length / 16 }, (_, i) => ({
    tag: dynamic.readBigUInt64LE(i * 16),
    value: Number(dynamic.readBigUInt64LE(i * 16 + 8)),
  }));
  const strings = entries.find(({ tag }) => tag === STRINGS)?.value ?? 0;
  return entries
    .filter(({ tag }) => tag === NEEDED)
    .map(({ value }) =>
      textAt(strings + value)
        .toString('latin1')
        .replace(/\0.*$/s, ''),
    );
}
