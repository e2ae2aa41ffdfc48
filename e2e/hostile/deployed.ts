import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { commandOutsideImage } from '../../build/image-command.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const GROUPS = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'];

/** The command and the memory limit of a deployed gateway. */
export interface Deployment {
  readonly command: readonly string[];
  readonly memoryLimit: number;
  /** Whether the kernel enforces the limit; otherwise memory is only measured. */
  readonly enforced: boolean;
  /** The number of processes that the kernel killed at the limit. */
  kills(): number;
  remove(): void;
}

/**
 * The command of the image (its flags of Node, the bundle) with the memory limit of the chart. The limit is the kernel's
 * where this process may make a control group, as root outside a container.
 *
 * @param dir where the gateway's socket, configuration and log folders are
 */
export function deploy(dir: string): Deployment {
  execFileSync(process.execPath, [join(ROOT, 'build/main.ts')], { stdio: 'ignore' });
  const folders = {
    '/opt/mlflow-gateway': join(ROOT, 'dist/image'),
    '/etc/mlflow-gateway': dir,
    '/run/mlflow': dir,
    '/var/log/mlflow-gateway': dir,
  };
  const command = commandOutsideImage(ROOT, folders);
  const memoryLimit = limitOfTheChart();
  const group = makeGroup(memoryLimit);
  if (group === undefined) return { command, memoryLimit, enforced: false, kills: () => 0, remove: () => {} };
  return {
    // The shell joins the group, and becomes the gateway.
    command: ['/bin/sh', '-c', `echo $$ > ${group}/cgroup.procs && exec "$@"`, 'sh', ...command],
    memoryLimit,
    enforced: true,
    kills: () => killsIn(group),
    remove: () => rmdirSync(group),
  };
}

/** `resources.limits.memory` of the gateway's container, in bytes. */
function limitOfTheChart(): number {
  const values = parse(readFileSync(join(ROOT, 'chart/values.yaml'), 'utf8')) as {
    readonly resources: { readonly limits: { readonly memory: string } };
  };
  const { memory } = values.resources.limits;
  const mebibytes = /^(\d+)Mi$/.exec(memory)?.[1];
  if (mebibytes === undefined) throw new Error(`the memory limit of the chart is no number of Mi: ${memory}`);
  return Number(mebibytes) * 1024 * 1024;
}

function makeGroup(bytes: number): string | undefined {
  const parent = GROUPS.find((path) => existsSync(join(path, 'cgroup.procs')));
  if (parent === undefined) return undefined;
  const group = join(parent, `mlflow-gateway-hostile-${process.pid}-${Date.now()}`);
  const file = parent === GROUPS[0] ? 'memory.limit_in_bytes' : 'memory.max';
  try {
    mkdirSync(group);
    writeFileSync(join(group, file), String(bytes));
    return group;
  } catch {
    if (existsSync(group)) rmdirSync(group);
    return undefined;
  }
}

function killsIn(group: string): number {
  const file = ['memory.oom_control', 'memory.events'].map((name) => join(group, name)).find(existsSync);
  return file === undefined ? 0 : Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
}
