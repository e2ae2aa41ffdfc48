import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLineWriter } from './line-writer.ts';

let directory: string;
let reports: string[];
const report = (problem: string): void => void reports.push(problem);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gateway-audit-'));
  reports = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

const lines = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);
const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `line ${from + i} é`);

test('appends all lines in order before close returns', async () => {
  const file = join(directory, 'audit');
  for (const from of [0, 20_000]) {
    const writer = createLineWriter({ file, report });
    for (const line of numbered(20_000, from)) writer.write(`${line}\n`);
    expect(writer.ok()).toEqual({ ok: true });
    await writer.close();
  }
  expect(lines(file)).toEqual(numbered(40_000));
  expect(statSync(file).mode & 0o007).toBe(0);
  expect(reports).toEqual([]);
});

test('a file that cannot be opened is an error at start', () => {
  expect(() => createLineWriter({ file: join(directory, 'none', 'audit'), report })).toThrow(/ENOENT/);
});

test('a line after close is reported', async () => {
  const writer = createLineWriter({ file: join(directory, 'audit'), report });
  await writer.close();
  writer.write('x\n');
  expect(reports).toEqual([expect.stringContaining('after the audit log was closed')]);
});

describe('rotation', () => {
  test('loses, splits and repeats no line', async () => {
    const file = join(directory, 'audit');
    const writer = createLineWriter({ file, report });
    let next = 0;
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 3000; j++) writer.write(`line ${next++} é\n`);
      renameSync(file, `${file}.${i}`);
      await writer.reopen();
      await expect.poll(() => existsSync(file)).toBe(true);
    }
    writer.write(`line ${next++} é\n`);
    await writer.close();
    const all = [0, 1, 2, 3, 4].flatMap((i) => lines(`${file}.${i}`)).concat(lines(file));
    expect(all).toEqual(numbered(next));
    expect(lines(file)).not.toEqual([]);
  });

  test('keeps the old file if the new one cannot be opened', async () => {
    const logs = join(directory, 'logs');
    execFileSync('mkdir', [logs]);
    const writer = createLineWriter({ file: join(logs, 'audit'), report });
    writer.write('one\n');
    renameSync(logs, join(directory, 'moved'));
    await writer.reopen();
    writer.write('two\n');
    await writer.close();
    expect(lines(join(directory, 'moved', 'audit'))).toEqual(['one', 'two']);
    expect(reports).toEqual([expect.stringContaining('cannot be reopened')]);
  });
});

describe('a full disk', () => {
  test('makes `ok` false, and loses no line once there is room', async () => {
    const file = join(directory, 'audit');
    execFileSync('ln', ['-s', '/dev/full', file]);
    const writer = createLineWriter({ file, report, retryMs: 20 });
    for (const line of numbered(100)) writer.write(`${line}\n`);
    await expect.poll(() => writer.ok()).toMatchObject({ ok: false, why: expect.stringContaining('ENOSPC') });
    expect(reports).toEqual([expect.stringContaining('ENOSPC')]);

    rmSync(file);
    await writer.reopen();
    await expect.poll(() => writer.ok()).toEqual({ ok: true });
    await writer.close();
    expect(lines(file)).toEqual(numbered(100));
    expect(reports).toHaveLength(2);
    expect(reports[1]).toContain('written again');
  });

  test('does not delay the exit of the process', async () => {
    const writer = createLineWriter({ file: '/dev/full', report, retryMs: 20 });
    writer.write('lost\n');
    const started = performance.now();
    await writer.close(200);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(reports.at(-1)).toContain('5 bytes of audit lines could not be written');
  });

  test('loses and reports the lines that exceed the limit in memory', async () => {
    const file = join(directory, 'audit');
    execFileSync('ln', ['-s', '/dev/full', file]);
    const writer = createLineWriter({ file, report, retryMs: 20, maxWaiting: 100 });
    for (let i = 0; i < 15; i++) writer.write('123456789\n');
    expect(writer.ok().ok).toBe(false);
    expect(reports.filter((text) => text.includes('being lost'))).toHaveLength(1);
    expect(writer.stats()).toEqual({ lost: 5, waitingBytes: 100 });
    rmSync(file);
    await writer.reopen();
    await expect.poll(() => writer.ok().ok).toBe(true);
    await writer.close();
    expect(lines(file)).toHaveLength(10);
    expect(reports.at(-1)).toContain('5 lines were lost');
    expect(writer.stats()).toEqual({ lost: 5, waitingBytes: 0 });
  });
});

test('a line that only partly fits on the disk is complete in the next file', async () => {
  const file = join(directory, 'audit');
  const url = JSON.stringify(new URL('./line-writer.ts', import.meta.url));
  const program = `
    const { createLineWriter } = await import(${url});
    const { renameSync } = await import('node:fs');
    const [file] = process.argv.slice(-1);
    const writer = createLineWriter({ file, report: () => {}, retryMs: 10 });
    for (const letter of 'abcde') writer.write(letter.repeat(300) + '\\n');
    while (writer.ok().ok) await new Promise((resolve) => setTimeout(resolve, 5));
    renameSync(file, file + '.1');
    await writer.reopen();
    await writer.close();`;
  // A limit of 1024 bytes a file stands in for the full disk; the write that reaches it is cut short.
  const limited = `trap '' XFSZ; ulimit -f 1; exec "$@"`;
  const command = [process.execPath, '--input-type=module', '--eval', program, file];
  execFileSync('bash', ['-c', limited, 'bash', ...command]);
  expect(statSync(`${file}.1`).size).toBe(1024);
  expect(lines(`${file}.1`).map((line) => line[0])).toEqual(['a', 'b', 'c']);
  expect(lines(file)).toEqual(['d'.repeat(300), 'e'.repeat(300)]);
});

test('a reader that stops reading makes `ok` false and does not block the event loop', async () => {
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  const writer = createLineWriter({ file: pipe, report, stallMs: 50 });
  const line = `${'x'.repeat(1023)}\n`;
  for (let i = 0; i < 1000; i++) writer.write(line);
  await expect
    .poll(() => writer.ok())
    .toMatchObject({ ok: false, why: expect.stringContaining('stopped reading') });

  let received = 0;
  const cat = spawn('cat', { stdio: [reader, 'pipe', 'inherit'] });
  cat.stdout!.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  await expect.poll(() => received).toBe(1000 * 1024);
  await expect.poll(() => writer.ok()).toEqual({ ok: true });
  await writer.close();
  cat.kill();
  closeSync(reader);
});

describe('in a process of its own, on standard output', () => {
  const script = (end: string): string[] => {
    const url = JSON.stringify(new URL('./line-writer.ts', import.meta.url));
    return [
      '--input-type=module',
      '--eval',
      `const { createLineWriter } = await import(${url});
       const writer = createLineWriter({ report: (problem) => console.error(problem) });
       for (let i = 0; i < 20000; i++) writer.write('line ' + i + ' é\\n');
       ${end}`,
    ];
  };
  const finish = (child: ChildProcess): Promise<string> =>
    new Promise((resolve) => {
      const chunks: Buffer[] = [];
      child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.on('close', () => resolve(Buffer.concat(chunks).toString()));
    });

  test('SIGTERM followed by close loses no line', async () => {
    const stop = `process.on('SIGTERM', async () => { await writer.close(); process.exit(0); });
                  setInterval(() => {}, 1000); console.error('ready');`;
    const child = spawn(process.execPath, script(stop), { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr!.once('data', () => child.kill('SIGTERM'));
    expect((await finish(child)).split('\n').slice(0, -1)).toEqual(numbered(20_000));
  });

  test('a crash loses no line', async () => {
    const child = spawn(process.execPath, script(`throw new Error('crash');`), {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const got = (await finish(child)).split('\n').slice(0, -1);
    expect(got.sort()).toEqual(numbered(20_000).sort());
  });

  test('a closed reader is reported', async () => {
    const child = spawn(process.execPath, script(`await writer.close(300);`), {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout!.destroy();
    let text = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await new Promise((resolve) => child.on('close', resolve));
    expect(text).toContain('EPIPE');
    expect(text).toContain('are lost');
  });
});
