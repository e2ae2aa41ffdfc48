import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { CliError } from './load.ts';

/**
 * Makes the gateway of this container drain, by SIGTERM. For the `preStop` hook of a native sidecar: Kubernetes runs the hooks of
 * all containers when the pod begins to end, but sends a sidecar its SIGTERM only after MLflow has ended, when requests in flight
 * can no longer complete.
 *
 * @param script this program's own file, which identifies the gateway's process
 * @throws CliError if no gateway runs in the container
 */
export function drain(script = process.argv[1] ?? ''): void {
  const pid = findGateway(script);
  if (pid === undefined) throw new CliError('No gateway runs here.');
  process.kill(pid, 'SIGTERM');
}

/**
 * The process that runs `serve` from that file: usually 1, another one if containers share their processes.
 *
 * @param root the folder in which the system shows its processes (proc(5))
 */
export function findGateway(script: string, root = '/proc'): number | undefined {
  return namesIn(root)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
    .find((pid) => pid !== process.pid && isGateway(`${root}/${pid}`, script));
}

function namesIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (error) {
    // For example under Node's permission model.
    throw new CliError(`The processes here cannot be listed: ${(error as Error).message}`);
  }
}

function isGateway(directory: string, script: string): boolean {
  try {
    const [node = '', ...words] = readFileSync(`${directory}/cmdline`, 'utf8').split('\0').slice(0, -1);
    if (!/^node/.test(basename(node))) return false;
    const cwd = readlinkSync(`${directory}/cwd`);
    const at = words.findIndex((word) => resolve(cwd, word) === script);
    // `serve` is the default command.
    return at >= 0 && (words[at + 1] ?? 'serve') === 'serve';
  } catch {
    // It has ended, or belongs to another user.
    return false;
  }
}
