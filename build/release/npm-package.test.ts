import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeNpmPackage } from './npm-package.ts';

const root = join(import.meta.dirname, '../..');
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'npm-package-'));
  await writeNpmPackage({ root, to: dir, commit: 'c0ffee', epoch: '1700000000' });
}, 120_000);

afterAll(() => rmSync(dir, { recursive: true }));

test('the npm package holds the bundle and papers, and no source, map or test', () => {
  const out = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: dir,
    encoding: 'utf8',
  });
  const [packed] = JSON.parse(out) as { files: { path: string }[]; size: number }[];
  expect(packed?.files.map(({ path }) => path).sort()).toEqual([
    'LICENSE',
    'NOTICE',
    'README.md',
    'bin.mjs',
    'mlflow-gateway.cdx.json',
    'mlflow-gateway.mjs',
    'package.json',
  ]);
  // The bundle has about 2.8 MB, packed a fifth of it. A dependency that triples it would be noticed here.
  expect(packed?.size).toBeLessThan(1_500_000);
}, 60_000);

test('the npm package has no dependencies and no lifecycle scripts', () => {
  const manifest = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({ name: 'mlflow-gateway', version, engines: { node: '>=24' } });
  for (const absent of ['scripts', 'dependencies', 'optionalDependencies', 'peerDependencies', 'private'])
    expect(manifest, absent).not.toHaveProperty(absent);
});

test('the command of the npm package explains without a checkout', () => {
  const args = [
    'explain',
    'GET',
    '/api/2.0/mlflow/experiments/get?experiment_id=1',
    '--tenant',
    'team-a',
    '--json',
  ];
  const out = execFileSync(process.execPath, [join(dir, 'bin.mjs'), ...args], {
    cwd: dir,
    env: {},
    encoding: 'utf8',
  });
  expect(JSON.parse(out)).toMatchObject({ operation: 'getExperiment', decision: 'allow' });
}, 60_000);

test('an older Node prints the required version', () => {
  // Its own binary where one is installed: Debian's, or that of the machine's npm.
  const older = ['/usr/bin/node', '/usr/local/bin/node'].filter(existsSync).find((node) => {
    const version = execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' });
    return Number.parseInt(version, 10) < 24;
  });
  const check = readFileSync(join(dir, 'bin.mjs'), 'utf8');
  const node = older ?? process.execPath;
  const before =
    older === undefined ? `Object.defineProperty(process, 'versions', { value: { node: '20.1.0' } });` : '';
  const script = `${before}${check.replace(/^#!.*/, '')}`;
  const run = () =>
    execFileSync(node, ['--input-type=module', '--eval', script], {
      cwd: dir,
      env: {},
      encoding: 'utf8',
      stdio: 'pipe',
    });
  expect(run).toThrow(/mlflow-gateway needs Node 24 or newer; this is Node \d+\.\d+\.\d+\./);
}, 60_000);
