import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyPair } from '../key-pair.ts';

/** An authority of a test, made by openssl. */
export interface Authority extends KeyPair {
  /**
   * Signs a certificate for two days.
   *
   * @param names subject alternative names as openssl writes them: `DNS:localhost,IP:127.0.0.1`
   */
  sign(names: string, options?: { readonly usage?: 'serverAuth' | 'clientAuth' }): KeyPair;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
/** The server of most tests. */
export const LOCAL = 'DNS:localhost,IP:127.0.0.1';

/**
 * Makes an authority of its own for a test.
 *
 * @example
 * const authority = makeAuthority('callers');
 * const { cert, key } = authority.sign(LOCAL);
 */
export function makeAuthority(name: string): Authority {
  return inFolder((file) => {
    openssl(
      'req',
      ...KEY,
      '-x509',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      file('key'),
      '-out',
      file('crt'),
    );
    const [cert, key] = [readFileSync(file('crt'), 'utf8'), readFileSync(file('key'), 'utf8')];
    return { cert, key, sign: (names, options) => signBy({ cert, key }, names, options) };
  });
}

function signBy(by: KeyPair, names: string, { usage }: { readonly usage?: string } = {}): KeyPair {
  return inFolder((file) => {
    writeFileSync(file('ca.crt'), by.cert);
    writeFileSync(file('ca.key'), by.key);
    const lines = [`subjectAltName=${names}`, ...(usage === undefined ? [] : [`extendedKeyUsage=${usage}`])];
    writeFileSync(file('extensions'), lines.join('\n'));
    openssl('req', ...KEY, '-subj', '/CN=test', '-keyout', file('key'), '-out', file('csr'));
    const authority = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      ...authority,
      '-in',
      file('csr'),
      '-out',
      file('crt'),
      '-days',
      '2',
      '-extfile',
      file('extensions'),
    );
    return { cert: readFileSync(file('crt'), 'utf8'), key: readFileSync(file('key'), 'utf8') };
  });
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}

function inFolder<T>(act: (file: (name: string) => string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'authority-'));
  try {
    return act((name) => join(dir, name));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
