import { readFileSync } from 'node:fs';

const MIB = 1024;

/** The peak of a process's resident memory since its start, in MiB (Linux, `VmHWM`). */
export function peakMebibytes(pid: number): number {
  return statusNumber(pid, 'VmHWM') / MIB;
}

/** A process's resident memory, in MiB. */
export function residentMebibytes(pid: number): number {
  return statusNumber(pid, 'VmRSS') / MIB;
}

function statusNumber(pid: number, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (found === null) throw new Error(`/proc/${pid}/status has no ${name}`);
  return Number(found[1]);
}
