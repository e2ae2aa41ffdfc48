import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIMEOUT_MS = 300_000;

/** Where the programs are. */
export const SOURCES = fileURLToPath(new URL('./programs/', import.meta.url));

/**
 * Runs a program with only paths of the caller's environment, until it reports the end of its day.
 *
 * @param folder of `programs/`, where it is started
 * @throws {Error} when it fails, takes more than five minutes or does not say so; the message ends with its standard error
 * @example
 * await start('java', [join(SOURCES, 'java-http/Day.java')], { ...env });
 */
export async function start(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  folder = '.',
): Promise<void> {
  mkdirSync(env.WORK!, { recursive: true });
  const { PATH, HOME, JAVA_HOME, CLIENTS_VERBOSE } = process.env;
  const { stdout, stderr } = await run(command, [...args], {
    cwd: join(SOURCES, folder),
    env: {
      ...{ PATH, HOME, JAVA_HOME, CLIENTS_VERBOSE },
      LANG: 'C.UTF-8',
      PYTHONDONTWRITEBYTECODE: '1',
      ...env,
    },
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (!stdout.includes('the day is over'))
    throw new Error(`${command} did not end its day: ${stderr.slice(-2_000)}`);
  if (CLIENTS_VERBOSE !== undefined) process.stderr.write(stderr);
}
