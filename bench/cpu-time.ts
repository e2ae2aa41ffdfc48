import { readdirSync, readFileSync } from 'node:fs';

/**
 * The processor time of a process with all its threads, in microseconds. Unlike a rate, it hardly depends on other load of the
 * machine.
 *
 * Read from the scheduler's own nanosecond counts (`/proc/PID/task/*\/schedstat`).
 *
 * @returns `undefined` if the system has no such counts, or no such process
 * @see https://docs.kernel.org/scheduler/sched-stats.html
 */
export function cpuMicroseconds(pid: number): number | undefined {
  try {
    const tasks = `/proc/${pid}/task`;
    let nanoseconds = 0;
    for (const task of readdirSync(tasks)) {
      nanoseconds += Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ', 1)[0]);
    }
    return nanoseconds / 1000;
  } catch {
    return undefined;
  }
}
