import { gzipSync } from 'node:zlib';

const BLOCK = 512;

/** A form that uploads a skill: its fields, and an archive with the file SKILL.md. */
export function skillForm(text: string): { headers: Record<string, string>; raw: Buffer } {
  const part = (head: string): string => `--skill\r\nContent-Disposition: form-data; name=${head}\r\n\r\n`;
  const raw = Buffer.concat([
    Buffer.from(`${part('"metadata"')}{}\r\n${part('"content"; filename="a.tar.gz"')}`),
    gzipSync(tarOf('SKILL.md', Buffer.from(text))),
    Buffer.from('\r\n--skill--\r\n'),
  ]);
  return { headers: { 'content-type': 'multipart/form-data; boundary=skill' }, raw };
}

/** A tar archive (POSIX ustar) with one file. */
function tarOf(name: string, content: Buffer): Buffer {
  const head = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  head.write(name, 0);
  head.write(octal(0o644, 8), 100);
  head.write(octal(content.length, 12), 124);
  head.write(octal(0, 12), 136);
  head.write('0', 156);
  head.write('ustar\x0000', 257);
  // The sum of all bytes, with blanks for itself.
  head.write(' '.repeat(8), 148);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${octal(sum, 7)} `, 148);
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([head, content, padding, Buffer.alloc(2 * BLOCK)]);
}
