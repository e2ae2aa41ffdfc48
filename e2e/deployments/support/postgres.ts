import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startProcess } from '../../../dev/process.ts';

const run = promisify(execFile);

/** A PostgreSQL of one's own. */
export interface Postgres {
  /** Makes a database, and returns its address as SQLAlchemy has it. */
  database(name: string): Promise<string>;
  stop(): Promise<void>;
}

const USER = 'mlflow';
const START_TRIES = 100;
/** The user for it if we are root, as which it refuses to run; Debian's package creates this user. */
const SYSTEM_USER = 'postgres';

/**
 * Starts a PostgreSQL in a directory of its own, on a Unix socket and nothing else. Names and values are compared as those of
 * most installations are: by ICU, for en-US. `EXPLAIN` and such apart, it is as Debian's package has it but for `fsync`.
 *
 * @throws Error when PostgreSQL is not installed (`apt-get install postgresql`) or does not start
 */
export async function startPostgres(): Promise<Postgres> {
  const bin = findBinaries();
  // A socket's path is short, and below a directory that the other user may enter.
  const dir = await mkdtemp('/tmp/pg-');
  const root = process.getuid?.() === 0;
  const as = (command: string): readonly [string, string[]] =>
    root
      ? ['setpriv', ['--reuid', SYSTEM_USER, '--regid', SYSTEM_USER, '--clear-groups', command]]
      : [command, []];
  const data = join(dir, 'data');
  mkdirSync(data);
  if (root) await run('chown', ['-R', SYSTEM_USER, dir]);
  const [initdb, first] = as(join(bin, 'initdb'));
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US'];
  await run(initdb, [...first, '-D', data, '-U', USER, '--auth=trust', ...locale], { cwd: dir });
  const [postgres, second] = as(join(bin, 'postgres'));
  const settings = ['listen_addresses=', 'fsync=off', 'max_connections=200'].flatMap((line) => ['-c', line]);
  const server = await startProcess({
    name: 'PostgreSQL',
    command: postgres,
    args: [...second, '-D', data, '-k', dir, ...settings],
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8' },
    cwd: dir,
    log: join(dir, 'postgres.log'),
    graceMs: 5_000,
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  for (let left = START_TRIES; ; left--) {
    const ready = await run(join(bin, 'pg_isready'), ['-h', dir, '-U', USER]).catch(() => undefined);
    if (ready !== undefined) break;
    if (left === 0 || server.gone() !== undefined) {
      const tail = server.tail();
      await stop();
      throw new Error(`PostgreSQL did not start:\n${tail}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    async database(name) {
      await run(join(bin, 'createdb'), ['-h', dir, '-U', USER, name]);
      // SQLAlchemy 2.1 takes `postgresql://` for psycopg 3.
      return `postgresql+psycopg2://${USER}@/${name}?host=${dir}`;
    },
    stop,
  };
}

/** Debian has a directory for each version, and none of its servers in PATH. */
function findBinaries(): string {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const [newest] = versions.sort((a, b) => Number(b) - Number(a));
  if (newest === undefined)
    throw new Error('PostgreSQL is not installed. On Debian and Ubuntu: sudo apt-get install postgresql');
  return join('/usr/lib/postgresql', newest, 'bin');
}
