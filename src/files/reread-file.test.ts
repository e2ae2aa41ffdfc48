import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { found } from '../../dev/waiting.ts';
import { LIMITS } from '../limits.ts';
import { describeFile } from './file-status.ts';
import { RereadFile, type RereadFileOptions } from './reread-file.ts';

let dir: string;
let open: { close(): void }[];
const logged: { level: string; facts: Record<string, unknown>; message: string }[] = [];
const log = {
  info: (facts: object, message: string) => void logged.push({ level: 'info', facts: { ...facts }, message }),
  error: (facts: object, message: string) =>
    void logged.push({ level: 'error', facts: { ...facts }, message }),
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'reread-'));
  open = [];
  logged.length = 0;
});

afterEach(async () => {
  for (const file of open) file.close();
  await rm(dir, { recursive: true });
});

/** A number in JSON; `problems` as a parser with several errors has them. */
function parseNumber(text: string): number {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'number') return value;
  throw Object.assign(new Error('wrong'), { problems: ['it is no number', 'it is wrong'] });
}

async function start<T = number>(
  text: string,
  more: Partial<RereadFileOptions<T>> = {},
): Promise<{ file: RereadFile<T>; path: string }> {
  const path = more.path ?? join(dir, 'file.json');
  if (more.path === undefined) writeFileSync(path, text);
  const file = new RereadFile<T>({
    variable: 'GW_TEST_FILE',
    label: 'policy',
    path,
    text,
    maxBytes: 100,
    parse: parseNumber as never,
    log,
    everyMs: 10,
    settleMs: 10,
    ...more,
  });
  open.push(file);
  file.start();
  return { file, path };
}

test('a first value is used as it is, and the files that it was made from are compared from then on', async () => {
  const other = join(dir, 'other.json');
  writeFileSync(other, '2');
  const parse = vi.fn((text: string, read: (path: string) => string) => Number(text) + Number(read(other)));
  const first = { value: 3, others: new Map([[other, '2']]) };
  const { file } = await start<number>('1', { parse, first });
  expect(file.value).toBe(3);
  expect(parse).not.toHaveBeenCalled();
  writeFileSync(other, '5');
  await expect.poll(() => file.value).toBe(6);
});

const errors = () => logged.filter(({ level }) => level === 'error');

test('a changed file is in use without a restart', async () => {
  const changes: number[] = [];
  const { file, path } = await start('1', { onChange: (value) => void changes.push(value) });
  expect(file.value).toBe(1);
  writeFileSync(path, '2');
  await expect.poll(() => file.value).toBe(2);
  expect(changes).toEqual([2]);
  expect(file.status().unusableSince).toBeUndefined();
});

test('with the intervals of the gateway a change is in use within five seconds', () => {
  const { fileReadInterval, fileSettleTime } = LIMITS;
  expect(fileReadInterval.value * 1_000 + fileSettleTime.value).toBeLessThanOrEqual(3_000);
});

test('a symbolic link that is swapped two folders above is noticed, as Kubernetes does it', async () => {
  // As the kubelet lays out a volume: file -> ..data/file, ..data -> a folder with a new name for each version.
  for (const [version, text] of Object.entries({ v1: '1', v2: '2' })) {
    await mkdir(join(dir, version));
    writeFileSync(join(dir, version, 'file.json'), text);
  }
  await symlink('v1', join(dir, '..data'));
  await symlink('..data/file.json', join(dir, 'file.json'));
  const { file } = await start('1', { path: join(dir, 'file.json') });
  await symlink('v2', join(dir, '..data_tmp'));
  await rename(join(dir, '..data_tmp'), join(dir, '..data'));
  await expect.poll(() => file.value).toBe(2);
});

test('a wrong file keeps the last good value, and has one error in the log with all of its problems', async () => {
  const { file, path } = await start('1');
  const goodAt = file.status().goodAt;
  writeFileSync(path, '"text"');
  await expect.poll(() => file.status().unusableSince).toBeGreaterThanOrEqual(goodAt);
  expect(file.value).toBe(1);
  expect(errors()).toEqual([
    {
      level: 'error',
      facts: { variable: 'GW_TEST_FILE', path, errors: ['it is no number', 'it is wrong'] },
      message: 'a changed file cannot be used; its last good contents stay in use',
    },
  ]);
  // Another wrong change is another error.
  writeFileSync(path, '[]');
  await expect.poll(() => errors()).toHaveLength(2);
  writeFileSync(path, '3');
  await expect.poll(() => file.value).toBe(3);
  expect(file.status().unusableSince).toBeUndefined();
  // Once for each change, although the file was read many times.
  expect(errors()).toHaveLength(2);
});

test('the problems of a change in the log are limited', async () => {
  const problems = Array.from({ length: LIMITS.fileProblems.value + 2 }, (_, i) => `problem ${i}`);
  const parse = (text: string): number => {
    if (text !== '1') throw Object.assign(new Error('wrong'), { problems });
    return 1;
  };
  const { path } = await start('1', { parse });
  writeFileSync(path, '2');
  await expect.poll(() => errors()).toHaveLength(1);
  const logged = errors()[0]?.facts.errors as string[];
  expect(logged).toHaveLength(LIMITS.fileProblems.value + 1);
  expect(logged.at(-1)).toBe('and 2 more');
});

test('the former contents end the problem', async () => {
  const { file, path } = await start('1');
  writeFileSync(path, '{');
  await expect.poll(() => errors()).toHaveLength(1);
  writeFileSync(path, '1');
  await expect.poll(() => file.status().unusableSince).toBeUndefined();
  expect(logged.at(-1)?.message).toBe('a file has the contents in use again');
});

test.each([
  ['is missing', (path: string) => unlink(path), 'there is no such file'],
  ['is too large', (path: string) => writeFileSync(path, '1'.repeat(101)), 'it is larger than 100 bytes'],
  ['is a folder', (path: string) => unlink(path).then(() => mkdir(path)), 'it is a directory'],
  ['is not UTF-8', (path: string) => writeFileSync(path, Buffer.from([0xff])), 'it is not UTF-8'],
])('a file that %s keeps the last good value', async (_, change, why) => {
  const { file, path } = await start('1');
  await change(path);
  await expect.poll(() => errors().map(({ facts }) => facts.errors)).toEqual([[why]]);
  expect(file.value).toBe(1);
});

test('a half-written file is not used, although it can be parsed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const seen: number[] = [];
  const { file, path } = await start('1', { onChange: (value) => void seen.push(value), settleMs: 1_000 });
  /** Lets the time until the next reading pass, and waits for the end of the reading. */
  const reading = async (ms: number): Promise<void> => {
    vi.advanceTimersByTime(ms);
    await found('the file is read', () => vi.getTimerCount() === 1);
  };
  // 2 is the first half of 23; both are numbers.
  writeFileSync(path, '2');
  await reading(10);
  writeFileSync(path, '23');
  await reading(1_000);
  expect(seen).toEqual([]);
  await reading(10);
  await reading(1_000);
  expect(seen).toEqual([23]);
  expect(file.value).toBe(23);
});

test('a change that cannot be put to use counts as wrong', async () => {
  const { file, path } = await start('1', {
    onChange: () => {
      throw new Error('no place for it');
    },
  });
  writeFileSync(path, '2');
  await expect.poll(() => errors().map(({ facts }) => facts.errors)).toEqual([['no place for it']]);
  expect(file.value).toBe(1);
});

test('contents that could not be used are tried again on demand', async () => {
  let most = 1;
  const parse = (text: string): number => {
    if (Number(text) > most) throw new Error('too much');
    return Number(text);
  };
  const { file, path } = await start('1', { parse });
  writeFileSync(path, '2');
  await expect.poll(() => errors()).toHaveLength(1);
  most = 2;
  file.retry();
  await expect.poll(() => file.value).toBe(2);
  expect(file.status().unusableSince).toBeUndefined();
});

test('a file that the contents name is read again too', async () => {
  const table = join(dir, 'table');
  writeFileSync(table, 'a');
  const { file, path } = await start<string>(table, { parse: (text, read) => read(text) });
  expect(file.value).toBe('a');
  writeFileSync(table, 'b');
  await expect.poll(() => file.value).toBe('b');
  // A name that does not exist yet, and then does.
  writeFileSync(path, `${table}2`);
  await expect.poll(() => errors().map(({ facts }) => facts.errors)).toEqual([['there is no such file']]);
  expect(file.value).toBe('b');
  writeFileSync(`${table}2`, 'c');
  await expect.poll(() => file.value).toBe('c');
});

test('a file that was not read to its end for long counts as unusable', async () => {
  let now = 1_000_000;
  const { file } = await start('1', { now: () => now, everyMs: 1_000_000 });
  expect(file.status().unusableSince).toBeUndefined();
  now += LIMITS.fileSilence.value * 1_000 + 1;
  expect(file.status().unusableSince).toBe(1_000_000 + LIMITS.fileSilence.value * 1_000);
});

test('the details name the variable and times, never contents', () => {
  const status = { variable: 'GW_TEST_FILE', label: 'policy' as const, goodAt: 0, unusableSince: 60_000 };
  expect(describeFile(status)).toBe(
    'GW_TEST_FILE is unusable since 1970-01-01T00:01:00.000Z; its contents of 1970-01-01T00:00:00.000Z are in use. The log has the errors.',
  );
  expect(describeFile({ ...status, unusableSince: undefined })).toBeUndefined();
});

test('a first reading that cannot be used is an error', async () => {
  await expect(start('{')).rejects.toThrow(SyntaxError);
});
