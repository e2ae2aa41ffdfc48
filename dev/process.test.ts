import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startProcess, stopAllProcesses } from './process.ts';
import { found } from './waiting.ts';

const dir = mkdtempSync(join(tmpdir(), 'process-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** A zombie still accepts signal 0, so its state is read from /proc if the system has it. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const until = (done: () => boolean): Promise<boolean> => found(String(done), done, { everyMs: 20 });

const sh = (name: string, script: string) => ({
  name,
  command: '/bin/sh',
  args: ['-c', script],
  env: { PATH: process.env.PATH },
  log: join(dir, `${name}.log`),
  graceMs: 60_000,
});

test('stop also ends child processes, and may be called again', async () => {
  const server = await startProcess(sh('group', 'sleep 60 & echo $!; wait'));
  expect(await until(() => /^\d+$/.test(server.tail()))).toBe(true);
  const worker = Number(server.tail());
  expect(alive(worker)).toBe(true);
  await server.stop();
  await server.stop();
  expect(await until(() => !alive(worker))).toBe(true);
  expect(server.gone()).toBe('was stopped by SIGTERM');
});

test('stopAllProcesses stops every running process', async () => {
  const servers = [await startProcess(sh('one', 'sleep 60')), await startProcess(sh('two', 'sleep 60'))];
  await stopAllProcesses();
  expect(servers.map((server) => server.gone())).toEqual([
    'was stopped by SIGTERM',
    'was stopped by SIGTERM',
  ]);
});

test('a process that ignores SIGTERM is killed after the grace period', async () => {
  const server = await startProcess({
    ...sh('deaf', 'trap "" TERM; echo ready; sleep 60'),
    graceMs: 300,
  });
  expect(await until(() => server.tail() === 'ready')).toBe(true);
  await server.stop();
  expect(server.gone()).toBe('was stopped by SIGKILL');
});

test('reports an unexpected exit with the log', async () => {
  const server = await startProcess(sh('exit', 'echo because >&2; exit 3'));
  expect(await server.exited).toBe('exited with code 3');
  expect(server.tail()).toBe('because');
});

test('the error of a missing command names it', async () => {
  const missing = { ...sh('missing', ''), command: join(dir, 'nothing-here') };
  await expect(startProcess(missing)).rejects.toThrow(/cannot start missing: .*nothing-here/);
});

test('killing the parent stops its servers', async () => {
  const url = JSON.stringify(new URL('./process.ts', import.meta.url).href);
  const options = JSON.stringify(sh('orphan', 'sleep 60'));
  const source = `import { startProcess, stopAllProcesses } from ${url};
    console.log((await startProcess(${options})).pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(alive(pid)).toBe(true);
  parent.kill('SIGKILL');
  expect(await until(() => !alive(pid))).toBe(true);
});
