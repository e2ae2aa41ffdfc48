import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { cpuOfGroups, peakMebibytesOfGroups, processesOf } from './process-group.ts';

const leaders: number[] = [];

afterEach(() => {
  for (const leader of leaders.splice(0)) process.kill(-leader, 'SIGKILL');
});

test.runIf(process.platform === 'linux')('counts a leader and its children, and nobody else', async () => {
  // `sleep` runs before the shell says so; a `cat` in the background would read an empty input and end.
  const child = spawn('/bin/sh', ['-c', 'sleep 600 & echo started; cat'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  leaders.push(child.pid!);
  await once(child.stdout!, 'data');
  const found = processesOf(child.pid!);
  expect(found).toContain(child.pid);
  expect(found.length).toBeGreaterThanOrEqual(2);
  expect(found).not.toContain(process.pid);
  expect(peakMebibytesOfGroups([child.pid!])).toBeGreaterThan(0);
});

test.runIf(process.platform === 'linux')(
  'counts the processor time of children that have ended',
  async () => {
    const busy = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done';
    const child = spawn('/bin/sh', ['-c', `sh -c '${busy}'; echo ended; cat`], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    leaders.push(child.pid!);
    await once(child.stdout!, 'data');
    expect(cpuOfGroups([child.pid!])).toBeGreaterThan(10_000);
  },
);
