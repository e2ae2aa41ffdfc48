import { renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CERTIFICATE, PRIVATE_KEY } from '../upstream/testing/tls.ts';
import { CertificateFiles, type KeyPair } from './certificate.ts';
import { ROTATED_CERTIFICATE, ROTATED_KEY } from './testing/rotated.ts';

interface Setup {
  readonly dir: string;
  readonly files: CertificateFiles;
  readonly changes: KeyPair[];
  readonly problems: string[];
}

async function temporary(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tls-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

async function open(dir: string): Promise<Setup> {
  const changes: KeyPair[] = [];
  const problems: string[] = [];
  const files = await CertificateFiles.open({
    certFile: join(dir, 'tls.crt'),
    keyFile: join(dir, 'tls.key'),
    onChange: (pair) => void changes.push(pair),
    onProblem: (why) => void problems.push(why),
    everyMs: 10,
  });
  onTestFinished(() => files.close());
  return { dir, files, changes, problems };
}

/** Replaces one file at once: a reading of half of it would be another problem. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function write(dir: string, cert: string, key: string): void {
  replace(join(dir, 'tls.crt'), cert);
  replace(join(dir, 'tls.key'), key);
}

async function start(): Promise<Setup> {
  const dir = await temporary();
  write(dir, CERTIFICATE, PRIVATE_KEY);
  return open(dir);
}

test('uses a pair that is written in place, as soon as both files exist', async () => {
  const { dir, files, changes, problems } = await start();
  replace(join(dir, 'tls.crt'), ROTATED_CERTIFICATE);
  await expect.poll(() => problems).toHaveLength(1);
  await sleep(50);
  // The problem is reported once, and the old pair stays in use.
  expect(problems).toEqual([expect.stringMatching(/The key in .* is not that of the certificate/)]);
  expect(files.current.cert).toBe(CERTIFICATE);
  replace(join(dir, 'tls.key'), ROTATED_KEY);
  await expect.poll(() => changes).toHaveLength(1);
  expect(changes[0]).toMatchObject({ cert: ROTATED_CERTIFICATE, key: ROTATED_KEY });
  expect(files.current).toBe(changes[0]);
  await sleep(50);
  expect(changes).toHaveLength(1);
});

test('uses a pair that Kubernetes swaps by a symbolic link', async () => {
  const dir = await temporary();
  const [first, second] = [await temporary(), await temporary()];
  write(first, CERTIFICATE, PRIVATE_KEY);
  write(second, ROTATED_CERTIFICATE, ROTATED_KEY);
  await symlink(first, join(dir, '..data'));
  for (const name of ['tls.crt', 'tls.key']) await symlink(join('..data', name), join(dir, name));
  const { changes } = await open(dir);
  await symlink(second, join(dir, '..data_tmp'));
  await rename(join(dir, '..data_tmp'), join(dir, '..data'));
  await expect.poll(() => changes).toHaveLength(1);
  expect(changes[0]!.cert).toBe(ROTATED_CERTIFICATE);
});

test('keeps the last pair if the files disappear', async () => {
  const { dir, files, problems } = await start();
  await rm(join(dir, 'tls.key'));
  await expect.poll(() => problems).toEqual([expect.stringContaining('tls.key cannot be read (ENOENT)')]);
  expect(files.current.cert).toBe(CERTIFICATE);
});

test('stops reading after close', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { dir, files, changes } = await start();
  write(dir, ROTATED_CERTIFICATE, ROTATED_KEY);
  // A reading that is under way does not count either.
  vi.advanceTimersByTime(10);
  files.close();
  expect(vi.getTimerCount()).toBe(0);
  await sleep(60);
  expect(changes).toEqual([]);
  expect(files.current.cert).toBe(CERTIFICATE);
});

test('reports a certificate that has expired or is not valid yet', async () => {
  const { files } = await start();
  const { validFrom, validTo } = files.current;
  expect(files.problem()).toBeUndefined();
  expect(files.problem(new Date(validTo.getTime() + 1))).toBe(
    `the certificate expired on ${validTo.toISOString()}`,
  );
  expect(files.problem(new Date(validFrom.getTime() - 1))).toContain('is not valid before');
});

describe('throws at start for unusable files', () => {
  test.each([
    ['no certificate', 'nothing', PRIVATE_KEY, /tls\.crt holds no PEM certificate/],
    ['no key', CERTIFICATE, CERTIFICATE, /tls\.key holds no PEM private key/],
    ['a key of another', CERTIFICATE, ROTATED_KEY, /is not that of the certificate/],
  ])('%s', async (_, cert, key, why) => {
    const dir = await temporary();
    write(dir, cert, key);
    await expect(open(dir)).rejects.toThrow(why);
  });

  test('no files', async () => {
    await expect(open(await temporary())).rejects.toThrow(/tls\.crt cannot be read \(ENOENT\)/);
  });
});
