import { randomBytes } from 'node:crypto';
import type { FormParts } from '../../catalog/types.ts';

/**
 * Writes a form with its two parts. No caller can know the boundary, so that a file cannot hold another part; its name is always
 * the same, because MLflow ignores it.
 *
 * @example
 * writeForm({ fields: 'metadata', file: 'content' }, '{"name":"code-review"}', archive).type; // 'multipart/form-data; boundary=...'
 */
export function writeForm(parts: FormParts, fields: string, file: Buffer): { type: string; bytes: Buffer } {
  const boundary = randomBytes(24).toString('hex');
  const head = (name: string, type: string, filename = ''): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename}\r\nContent-Type: ${type}\r\n\r\n`;
  const bytes = Buffer.concat([
    Buffer.from(`${head(parts.fields, 'application/json')}${fields}\r\n`),
    Buffer.from(head(parts.file, 'application/octet-stream', '; filename="file"')),
    file,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { type: `multipart/form-data; boundary=${boundary}`, bytes };
}
