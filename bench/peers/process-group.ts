import { readdirSync, readFileSync } from 'node:fs';

/**
 * The processes of a server: its leader and all that it started, such as MLflow's workers. `startProcess` makes each server the leader
 * of a process group of its own, so that the group is the server (Linux).
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function processesOf(leader: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && groupOf(name) === leader)
    .map(Number);
}

/**
 * The processor time of groups of processes, in microseconds, to a hundredth of a second: with that of threads and children that have ended,
 * since MLflow's threads come and go.
 */
export function cpuOfGroups(leaders: readonly number[]): number {
  return sum(leaders.flatMap(processesOf).map(cpuTicks)) * MICROSECONDS_PER_TICK;
}

/**
 * The peaks of the resident memory of all processes of some groups, added up, in MiB (`VmHWM`). Pages that processes share count in each.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
export function peakMebibytesOfGroups(leaders: readonly number[]): number {
  return sum(leaders.flatMap(processesOf).map(peakKilobytes)) / 1024;
}

/** Linux counts it in hundredths of a second for programs, whatever its own clock. */
const MICROSECONDS_PER_TICK = 10_000;

function groupOf(pid: string): number | undefined {
  const group = statOf(pid)?.[2];
  return group === undefined ? undefined : Number(group);
}

/** utime, stime, cutime and cstime. */
function cpuTicks(pid: number): number {
  return sum((statOf(pid)?.slice(11, 15) ?? []).map(Number));
}

/** The fields of `stat` from the state on: the name of the command before it is in parentheses and may contain blanks. */
function statOf(pid: number | string): readonly string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function peakKilobytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0);
}

/** A process may end between two looks at it. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
