import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHILD_ENV } from './child-env.ts';
import { freePort } from './ports.ts';
import { startProcess, untilServing } from './process.ts';

const run = promisify(execFile);

/** A directory on loopback. */
export interface Slapd {
  /** `ldap://127.0.0.1:port`. */
  readonly url: string;
  /** May read everything. */
  readonly bindDn: string;
  readonly bindPassword: string;
  stop(): Promise<void>;
}

/** Where Debian's package `slapd` has schemas and modules. */
const SCHEMAS = '/etc/ldap/schema';
const MODULES = '/usr/lib/ldap';

// Debian keeps it outside the PATH of ordinary users.
const PATH = `${process.env.PATH}:/usr/sbin`;

/**
 * Starts a real slapd (OpenLDAP) on loopback for `dc=example,dc=org`, with its configuration and data in a folder of its own. The
 * service that Debian's package may have started is not used.
 *
 * @param dir scratch space
 * @param ldif the entries, without that of `dc=example,dc=org`
 * @throws Error if slapd is not installed (`apt-get install slapd`), or the entries are wrong
 * @example
 * const directory = await startSlapd(dir, 'dn: ou=people,dc=example,dc=org\nobjectClass: organizationalUnit\nou: people\n');
 */
export async function startSlapd(dir: string, ldif: string): Promise<Slapd> {
  const own = join(dir, 'slapd');
  mkdirSync(join(own, 'data'), { recursive: true });
  const bindDn = 'cn=reader,dc=example,dc=org';
  const bindPassword = 'demo-reader';
  const config = join(own, 'slapd.conf');
  writeFileSync(
    config,
    `${['core', 'cosine', 'inetorgperson'].map((name) => `include ${SCHEMAS}/${name}.schema`).join('\n')}
modulepath ${MODULES}
moduleload back_mdb
pidfile ${own}/slapd.pid
database mdb
suffix "dc=example,dc=org"
rootdn "${bindDn}"
rootpw ${bindPassword}
directory ${own}/data
`,
  );
  const entries = join(own, 'entries.ldif');
  const root =
    'dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n';
  writeFileSync(entries, `${root}\n${ldif}`);
  await run('slapadd', ['-f', config, '-l', entries], { env: { ...CHILD_ENV, PATH } });
  const port = await freePort();
  const url = `ldap://127.0.0.1:${port}`;
  const child = await startProcess({
    name: 'slapd',
    command: 'slapd',
    // -d keeps it in the foreground.
    args: ['-f', config, '-h', url, '-d', '0'],
    env: { ...CHILD_ENV, PATH },
    log: join(own, 'slapd.log'),
  });
  await untilServing(child, { name: 'slapd', timeoutMs: 10_000, everyMs: 50, ask: () => accepts(port) });
  return { url, bindDn, bindPassword, stop: () => child.stop() };
}

function accepts(port: number): Promise<true | string> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error) => resolve(error.message));
  });
}
