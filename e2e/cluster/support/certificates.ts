import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';

/** PEM texts of a certificate, its key, and the authority that signed it. */
export interface Certificate {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * Creates an authority and its certificate for some host names, with openssl; both are valid for two days.
 *
 * @throws Error when openssl is missing or fails
 */
export async function makeCertificate(...hosts: readonly string[]): Promise<Certificate> {
  const dir = mkdtempSync(join(tmpdir(), 'e2e-tls-'));
  const file = (name: string): string => join(dir, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  try {
    const authority = ['-x509', '-days', '2', '-subj', '/CN=e2e authority'];
    await run('openssl', ['req', ...key, ...authority, '-keyout', file('ca.key'), '-out', file('ca.crt')]);
    writeFileSync(file('names'), `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}`);
    await run('openssl', [
      'req',
      ...key,
      '-subj',
      `/CN=${hosts[0]}`,
      '-keyout',
      file('key'),
      '-out',
      file('csr'),
    ]);
    const by = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial'];
    const about = ['-in', file('csr'), '-out', file('crt'), '-days', '2', '-extfile', file('names')];
    await run('openssl', ['x509', '-req', ...about, ...by]);
    const text = (name: string): string => readFileSync(file(name), 'utf8');
    return { authority: text('ca.crt'), certificate: text('crt'), key: text('key') };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
