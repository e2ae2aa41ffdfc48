import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drain, findGateway } from './drain.ts';

/** A directory like /proc. */
function processes(commands: Readonly<Record<number, readonly string[]>>): string {
  const root = mkdtempSync(join(tmpdir(), 'proc-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'net'));
  mkdirSync(join(root, '99999998')); // a process that has ended meanwhile
  for (const [pid, words] of Object.entries(commands)) {
    mkdirSync(join(root, pid));
    symlinkSync('/app', join(root, pid, 'cwd'));
    writeFileSync(join(root, pid, 'cmdline'), words.map((word) => `${word}\0`).join(''));
  }
  return root;
}

const FILE = '/app/mlflow-gateway.mjs';

describe('the gateway among the processes of a container', () => {
  test.each<[string, Record<number, readonly string[]>, number | undefined]>([
    ['is usually process 1', { 1: ['/usr/local/bin/node', FILE, 'serve'] }, 1],
    ['may have flags of Node', { 1: ['node', '--permission', '--allow-net', FILE, 'serve'] }, 1],
    ['may have a relative path', { 1: ['node', 'mlflow-gateway.mjs', 'serve'] }, 1],
    ['serves without a command', { 1: ['node', FILE] }, 1],
    [
      'is not process 1 if containers share their processes',
      { 1: ['/pause'], 30: ['node', FILE, 'serve'] },
      30,
    ],
    [
      'is not a process with another command',
      { 1: ['node', FILE, 'inject'], 7: ['node', FILE, 'drain'] },
      undefined,
    ],
    [
      'is not another program',
      { 1: ['node', '/opt/mlflow-gateway.mjs', 'serve'], 2: ['vi', FILE] },
      undefined,
    ],
    ['may be missing', {}, undefined],
  ])('%s', (_, commands, pid) => {
    expect(findGateway(FILE, processes(commands))).toBe(pid);
  });

  test('is not the process of drain itself', () => {
    expect(findGateway(FILE, processes({ [process.pid]: ['node', FILE] }))).toBeUndefined();
  });
});

test('findGateway reports that processes cannot be listed', () => {
  expect(() => findGateway(FILE, '/nowhere')).toThrow('The processes here cannot be listed: ENOENT');
});

test('drain reports that no gateway runs', () => {
  expect(() => drain('/nowhere/such-a-file-is-not-run.mjs')).toThrow('No gateway runs here.');
});
